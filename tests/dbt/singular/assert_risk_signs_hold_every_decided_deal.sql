-- A failing row is a segment and sign whose deals with, without and unknown do not add up to the decided new-business deals of
-- fct_deal_outcome, or a count of a trouble that is not the sum of the segments, or not what the deals had. It does not claim
-- that a deal shows the right sign.
with decided as (

    select
        segment_id,
        count(*) as n_deals,
        count(*) filter (where is_mature_12m) as n_mature_12m,
    from {{ ref('fct_deal_outcome') }}
    group by segment_id

    union all

    select
        'all' as segment_id,
        count(*) as n_deals,
        count(*) filter (where is_mature_12m) as n_mature_12m,
    from {{ ref('fct_deal_outcome') }}

),

shown as (

    select * from {{ ref('mart_segment_risk_indicator') }}

),

had as (

    select
        {%- for outcome in list_risk_outcomes() %}
            count(*) filter (where has_{{ outcome }}) as n_{{ outcome }},
        {%- endfor %}
    from {{ ref('fct_deal_risk') }}

),

-- what no deal can be in both of, and every deal with a known trouble and a known sign is in one of
troubles as (
    {% for outcome in list_risk_outcomes() %}
        select
            '{{ outcome }}' as outcome,
            shown.indicator,
            sum({{ outcome }}_n_with) filter (where segment_id = 'all') as all_with,
            sum({{ outcome }}_n_with) filter (where segment_id != 'all') as segments_with,
            sum({{ outcome }}_k_with) filter (where segment_id = 'all') as all_trouble_with,
            sum({{ outcome }}_k_with) filter (where segment_id != 'all') as segments_trouble_with,
            sum({{ outcome }}_k_without) filter (where segment_id = 'all') as all_trouble_without,
            sum({{ outcome }}_k_without) filter (where segment_id != 'all') as segments_trouble_without,
            max(had.n_{{ outcome }}) as n_trouble,
        from shown
        cross join had
        group by shown.indicator
        {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select
    shown.segment_id,
    shown.indicator,
    'deals' as claim,
from shown
left join decided on shown.segment_id = decided.segment_id
where
    shown.n_deals != coalesce(decided.n_deals, 0)
    or shown.n_mature_12m != coalesce(decided.n_mature_12m, 0)
    or shown.n_with + shown.n_without + shown.n_unknown != shown.n_deals
    or shown.n_unknown < 0

union all

select
    decided.segment_id,
    null as indicator,
    'a segment has no row' as claim,
from decided
left join shown on decided.segment_id = shown.segment_id
where shown.segment_id is null

union all

select
    'all' as segment_id,
    indicator,
    outcome as claim,
from troubles
where
    all_with != segments_with
    or all_trouble_with != segments_trouble_with
    or all_trouble_without != segments_trouble_without
    or all_trouble_with + all_trouble_without > n_trouble
