-- One row per segment (`all` and `unassigned` among them) and early sign, pair or number of signs: deals with and without it, how
-- many of each had each trouble, and, over the segments in the row, what stands between them. Every sign has a row, also
-- without a deal.
{%- set outcomes = list_risk_outcomes() %}
with deals as (

    select * from {{ ref('fct_deal_risk') }}

),

indicators as (

    select * from {{ ref('dim_risk_indicator') }}

),

signs as (

    select * from {{ ref('int_opportunity__risk_sign') }}

),

limits as (

    select value as least_units from {{ ref('pattern_limit') }}
    where limit_key = 'least_units'

),

segments as (

    select segment_id from {{ ref('dim_segment') }}

    union

    select 'unassigned' as segment_id

),

-- few patterns, however many deals
patterns as (

    select
        segment_id,
        sign_pattern,
        count(*) as n_deals,
        count(*) filter (where is_mature_12m) as n_mature_12m,
        {%- for outcome in outcomes %}
            count(has_{{ outcome }}) as n_{{ outcome }},
            count(*) filter (where has_{{ outcome }}) as k_{{ outcome }},
        {%- endfor %}
        length(sign_pattern) - length(replace(sign_pattern, '1', '')) as n_present,
        length(sign_pattern) - length(replace(sign_pattern, '?', '')) as n_untold,
        length(replace(sign_pattern, '-', '')) as n_recorded,
    from deals
    group by segment_id, sign_pattern

),

-- 1 there, 0 not there, ? nobody knows
read_patterns as (

    select
        patterns.*,
        indicators.indicator,
        substr(patterns.sign_pattern, indicators.place_a, 1) as mark_a,
        substr(patterns.sign_pattern, indicators.place_b, 1) as mark_b,
        case indicators.kind
            when 'single' then mark_a
            when 'pair'
                then case
                    when mark_a = '-' or mark_b = '-' then '?'
                    when mark_a = '0' or mark_b = '0' then '0'
                    when mark_a = '1' and mark_b = '1' then '1'
                    else '?'
                end
            when 'count'
                then case
                    when patterns.n_recorded < indicators.least_signs then '?'
                    when patterns.n_present >= indicators.least_signs then '1'
                    when patterns.n_present + patterns.n_untold < indicators.least_signs then '0'
                    else '?'
                end
        end as mark,
    from patterns
    cross join indicators

),

counted as (

    select
        segment_id,
        indicator,
        sum(n_deals) as n_deals,
        sum(n_mature_12m) as n_mature_12m,
        sum(n_deals) filter (where mark = '1') as n_with,
        sum(n_deals) filter (where mark = '0') as n_without,
        {%- for outcome in outcomes %}
            sum(n_{{ outcome }}) filter (where mark = '1') as {{ outcome }}_n_with,
            sum(k_{{ outcome }}) filter (where mark = '1') as {{ outcome }}_k_with,
            sum(n_{{ outcome }}) filter (where mark = '0') as {{ outcome }}_n_without,
            sum(k_{{ outcome }}) filter (where mark = '0') as {{ outcome }}_k_without,
        {%- endfor %}
    from read_patterns
    group by segment_id, indicator

),

{%- set counts = ['n_deals', 'n_mature_12m', 'n_with', 'n_without'] %}
{%- for outcome in outcomes %}
    {%- for side in ['with', 'without'] %}
        {%- do counts.extend([outcome ~ '_n_' ~ side, outcome ~ '_k_' ~ side]) %}
    {%- endfor %}
{%- endfor %}

limits_of_signs as (

    select
        segment_id,
        indicator,
        any_value(sign_from_value) as sign_from_value,
    from signs
    group by segment_id, indicator

),

cells as (

    select
        segments.segment_id,
        indicators.indicator,
        limits_of_signs.sign_from_value,
        {%- for count in counts %}
            cast(coalesce(counted.{{ count }}, 0) as bigint) as {{ count }},
        {%- endfor %}
    from segments
    cross join indicators
    left join counted on segments.segment_id = counted.segment_id and indicators.indicator = counted.indicator
    left join limits_of_signs
        on segments.segment_id = limits_of_signs.segment_id and indicators.indicator = limits_of_signs.indicator

),

final as (

    select
        case grouping(cells.segment_id) when 1 then 'all' else cells.segment_id end as segment_id,
        cells.indicator,
        -- over all segments there is no one limit
        case grouping(cells.segment_id) when 0 then any_value(cells.sign_from_value) end as sign_from_value,
        {%- for count in counts %}
            cast(sum(cells.{{ count }}) as bigint) as {{ count }},
        {%- endfor %}
        {%- for outcome in outcomes %}
            {%- set four = [
                'cells.' ~ outcome ~ '_k_with', 'cells.' ~ outcome ~ '_n_with',
                'cells.' ~ outcome ~ '_k_without', 'cells.' ~ outcome ~ '_n_without',
            ] %}
            {%- set is_compared = (
                'cells.segment_id != \'unassigned\' and least(' ~ four[1] ~ ', ' ~ four[3] ~ ') >= limits.least_units'
            ) %}
            {{ get_stratified_lift(*four) }} as {{ outcome }}_stratified_lift,
            {{ get_stratified_log_variance(*four) }} as {{ outcome }}_log_variance,
            {{ compare_strata(*four) }} as {{ outcome }}_stratified_z,
            cast({{ count_stratified_units(four[1], four[3]) }} as bigint) as {{ outcome }}_n_units,
            count(*) filter (where {{ is_compared }}) as {{ outcome }}_n_segments_compared,
            count(*) filter (where {{ is_compared }} and {{ four[0] }} * {{ four[3] }} > {{ four[2] }} * {{ four[1] }})
                as {{ outcome }}_n_segments_higher,
        {%- endfor %}
    from cells
    cross join limits
    group by grouping sets ((cells.segment_id, cells.indicator), (cells.indicator))  -- noqa: PRS

)

select * from final
