-- One row per segment (`all` and `unassigned` among them) and early sign of risk, pair of signs or number of signs: how often
-- deals that showed it before the close ran into each trouble, beside those that did not. Associations, no effects. Counts add
-- up over segments to `all` and never over signs, since each deal is in all of them; rates, lifts and probabilities never add.
{%- set outcomes = list_risk_outcomes() %}
with risks as (

    select * from {{ ref('fct_segment_risk') }}

),

indicators as (

    select * from {{ ref('dim_risk_indicator') }}

),

segments as (

    select * from {{ ref('dim_segment') }}

),

limits as (

    {{ pick_limits(ref('pattern_limit'), ['false_call_rate_max', 'least_units']) }}

),

scored as (

    select
        risks.*,
        {%- for outcome in outcomes %}
            {%- set four = [
                outcome ~ '_k_with', outcome ~ '_n_with', outcome ~ '_k_without', outcome ~ '_n_without'
            ] %}
            case
                when risks.segment_id = 'all' then {{ outcome }}_stratified_z
                else {{ compare_share(*four) }}
            end as {{ outcome }}_z,
            -- too few to be called are no looks, so that they cost the others nothing
            case when {{ outcome }}_n_units >= limits.least_units then {{ get_two_sided_p(outcome ~ '_z') }} end
                as {{ outcome }}_chance,
        {%- endfor %}
    from risks
    cross join limits

),

looked_at as (

    select
        *,
        {%- for outcome in outcomes %}
            {{ adjust_for_looks(outcome ~ '_chance', 'true') }} as {{ outcome }}_adjusted,
        {%- endfor %}
    from scored

),

rated as (

    select
        *,
        {%- for outcome in outcomes %}
            {{ get_false_call_rate(outcome ~ '_adjusted', outcome ~ '_chance', 'true') }} as {{ outcome }}_false_call_rate,
        {%- endfor %}
    from looked_at

),

called as (

    select
        rated.*,
        {%- for outcome in outcomes %}
            {{ judge_difference(
                outcome ~ '_z', outcome ~ '_false_call_rate', outcome ~ '_n_units', 'limits.least_units',
                'limits.false_call_rate_max'
            ) }} as {{ outcome }}_verdict,
        {%- endfor %}
    from rated
    cross join limits

),

final as (

    select
        called.segment_id,
        {{ name_group('called.segment_id', 'segments.segment_name') }} as segment_name,
        called.indicator,
        indicators.indicator_name,
        indicators.kind,
        indicators.sign_family,
        indicators.indicator_order,
        indicators.unit as indicator_unit,
        indicators.meaning,
        indicators.side as sign_side,
        called.sign_from_value,
        called.n_deals,
        called.n_with,
        called.n_without,
        called.n_deals - called.n_with - called.n_without as n_unknown,
        cast(called.n_with as double) / nullif(called.n_with + called.n_without, 0) as share_with,
        called.n_mature_12m,
        {%- for outcome in outcomes %}
            {{ '' if loop.first else '+ ' }}cast(called.{{ outcome }}_verdict = 'higher' as integer)
        {%- endfor %} as n_troubles,
        coalesce(nullif(concat_ws(
            '+',
            {%- for outcome in outcomes %}
                case when called.{{ outcome }}_verdict = 'higher' then '{{ outcome }}' end{{ ',' if not loop.last }}
            {%- endfor %}
        ), ''), 'none') as goes_with,
        {%- for outcome in outcomes %}
            {%- set own = 'called.' ~ outcome %}
            {%- set four = [own ~ '_k_with', own ~ '_n_with', own ~ '_k_without', own ~ '_n_without'] %}
            {{ own }}_n_with,
            {{ own }}_k_with,
            cast({{ own }}_k_with as double) / nullif({{ own }}_n_with, 0) as {{ outcome }}_rate_with,
            {{ bound_share(own ~ '_k_with', own ~ '_n_with', -1) }} as {{ outcome }}_rate_with_p05,
            {{ bound_share(own ~ '_k_with', own ~ '_n_with', 1) }} as {{ outcome }}_rate_with_p95,
            {{ own }}_n_without,
            {{ own }}_k_without,
            cast({{ own }}_k_without as double) / nullif({{ own }}_n_without, 0) as {{ outcome }}_rate_without,
            {{ bound_share(own ~ '_k_without', own ~ '_n_without', -1) }} as {{ outcome }}_rate_without_p05,
            {{ bound_share(own ~ '_k_without', own ~ '_n_without', 1) }} as {{ outcome }}_rate_without_p95,
            {{ outcome }}_rate_with / nullif({{ outcome }}_rate_without, 0) as {{ outcome }}_lift,
            {{ bound_lift(*(four + [-1])) }} as {{ outcome }}_lift_p05,
            {{ bound_lift(*(four + [1])) }} as {{ outcome }}_lift_p95,
            {%- for end, sign in {'': 0, '_p05': -1, '_p95': 1}.items() %}
                case
                    when called.segment_id != 'all' then {{ outcome }}_lift{{ end }}
                    {%- if sign == 0 %}
                        else {{ own }}_stratified_lift
                    {%- else %}
                        else {{ bound_stratified_lift(own ~ '_stratified_lift', own ~ '_log_variance', sign) }}
                    {%- endif %}
                end as {{ outcome }}_adjusted_lift{{ end }},
            {%- endfor %}
            {{ get_probability_better(own ~ '_z', 'higher') }} as {{ outcome }}_p_lift_above_1,
            {{ own }}_false_call_rate,
            {{ own }}_verdict,
            {{ flag_low_support('(' ~ own ~ '_k_with + ' ~ own ~ '_k_without)') }} as {{ outcome }}_is_low_support,
            case when called.segment_id = 'all' then {{ own }}_n_segments_compared end
                as {{ outcome }}_n_segments_compared,
            case when called.segment_id = 'all' then {{ own }}_n_segments_higher end
                as {{ outcome }}_n_segments_higher,
        {%- endfor %}
        {{ as_of_date() }} as as_of_date,
    from called
    inner join indicators on called.indicator = indicators.indicator
    left join segments on called.segment_id = segments.segment_id

)

select * from final
