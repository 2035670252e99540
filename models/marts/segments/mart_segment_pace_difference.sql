-- One row per segment (`all` and `unassigned` among them) and outcome: how the customers whose deals were won faster than
-- half of their segment turned out against those won slower: within the segment alone, then (held_*) among deals of one
-- discount band and one pricing band too. Counts and numerators are additive over segments, rates and differences are not.
-- An association and no effect: buyers and sellers choose the pace.
{%- set comparisons = {'': 'segment', 'held_': 'held'} %}
with differences as (

    select * from {{ ref('fct_segment_pace_difference') }}

),

medians as (

    select
        segment_id,
        won_days_p50,
    from {{ ref('fct_segment_velocity') }}
    where velocity_band = 'all'

),

segments as (

    select * from {{ ref('dim_segment') }}

),

limits as (

    {{ pick_limits(ref('pattern_limit'), ['false_call_rate_max', 'least_units']) }}

),

outcomes as (
    {% for name, outcome in list_deal_outcomes().items() %}
        select
            '{{ name }}' as outcome,
            '{{ outcome.better }}' as better,
            {{ 'true' if outcome.kind == 'share' else 'false' }} as is_share,
        {{ 'union all' if not loop.last }}
    {%- endfor %}

),

tested as (

    select
        medians.segment_id,
        medians.won_days_p50,
        outcomes.outcome,
        outcomes.better,
        outcomes.is_share,
        {%- for prefix, comparison in comparisons.items() %}
            coalesce({{ comparison }}.n_compared_faster, 0) as {{ prefix }}n_faster,
            coalesce({{ comparison }}.n_compared_slower, 0) as {{ prefix }}n_slower,
            {{ comparison }}.rate_faster as {{ prefix }}rate_faster,
            {{ comparison }}.rate_slower as {{ prefix }}rate_slower,
            {{ comparison }}.rate_faster - {{ comparison }}.rate_slower as {{ prefix }}difference,
            {{ comparison }}.standard_error as {{ prefix }}standard_error,
            ({{ comparison }}.rate_faster - {{ comparison }}.rate_slower)
            / nullif({{ comparison }}.standard_error, 0) as {{ prefix }}z,
            {{ get_two_sided_p(prefix ~ 'z') }} as {{ prefix }}chance,
        {%- endfor %}
        coalesce(segment.n_faster, 0) as n_known_faster,
        coalesce(segment.n_slower, 0) as n_known_slower,
        segment.numerator_faster,
        segment.denominator_faster,
        segment.numerator_slower,
        segment.denominator_slower,
        coalesce(held.n_discount_known, 0) as held_n_discount_known,
    from medians
    cross join outcomes
    {%- for comparison in comparisons.values() %}
        left join differences as {{ comparison }}
            on
                medians.segment_id = {{ comparison }}.segment_id
                and outcomes.outcome = {{ comparison }}.outcome
                and {{ comparison }}.comparison = '{{ comparison }}'
    {%- endfor %}

),

looked_at as (

    select
        *,
        {{ adjust_for_looks('chance', 'outcome') }} as adjusted,
        {{ adjust_for_looks('held_chance', 'outcome') }} as held_adjusted,
    from tested

),

called as (

    select
        *,
        {{ get_false_call_rate('adjusted', 'chance', 'outcome') }} as false_call_rate,
        {{ get_false_call_rate('held_adjusted', 'held_chance', 'outcome') }} as held_false_call_rate,
    from looked_at

),

judged as (

    select
        called.*,
        {%- for prefix in comparisons %}
        {{ judge_difference(
            'called.' ~ prefix ~ 'z', 'called.' ~ prefix ~ 'false_call_rate',
            'least(called.' ~ prefix ~ 'n_faster, called.' ~ prefix ~ 'n_slower)',
            'limits.least_units', 'limits.false_call_rate_max'
        ) }} as {{ prefix }}verdict,
        {%- endfor %}
    from called
    cross join limits

),

final as (

    select
        judged.segment_id,
        {{ name_group('judged.segment_id', 'segments.segment_name') }} as segment_name,
        judged.outcome,
        judged.better,
        cast(judged.won_days_p50 as bigint) as won_days_p50,
        judged.n_known_faster,
        judged.n_known_slower,
        judged.numerator_faster,
        judged.denominator_faster,
        judged.numerator_slower,
        judged.denominator_slower,
        {%- for prefix in comparisons %}
            judged.{{ prefix }}n_faster,
            judged.{{ prefix }}n_slower,
            judged.{{ prefix }}rate_faster,
            judged.{{ prefix }}rate_slower,
            judged.{{ prefix }}difference,
            judged.{{ prefix }}difference - 1.6448536269514722 * judged.{{ prefix }}standard_error as {{ prefix }}difference_p05,
            judged.{{ prefix }}difference + 1.6448536269514722 * judged.{{ prefix }}standard_error as {{ prefix }}difference_p95,
            case judged.better
                when 'higher' then {{ get_probability_better('judged.' ~ prefix ~ 'z', 'higher') }}
                else {{ get_probability_better('judged.' ~ prefix ~ 'z', 'lower') }}
            end as {{ prefix }}p_faster_better,
            judged.{{ prefix }}false_call_rate,
            judged.{{ prefix }}verdict,
        {%- endfor %}
        judged.held_n_discount_known,
        -- what may be said of the pace, and whether terms explain it
        case
            when judged.verdict in ('too_few', 'not_told_apart') then judged.verdict
            when judged.held_n_discount_known * 2 < judged.n_known_faster + judged.n_known_slower then 'terms_not_recorded'
            when judged.held_verdict = judged.verdict then 'holds_at_same_terms'
            else 'not_at_same_terms'
        end as evidence,
        judged.n_known_faster + judged.n_known_slower as n_observed,
        case when judged.is_share then coalesce(judged.numerator_faster + judged.numerator_slower, 0) end as n_events,
        {{ flag_low_support(
            'case when judged.is_share then coalesce(judged.numerator_faster + judged.numerator_slower, 0) '
            ~ 'else judged.n_known_faster + judged.n_known_slower end'
        ) }} as is_low_support,
        {{ as_of_date() }} as as_of_date,
    from judged
    left join segments on judged.segment_id = segments.segment_id

)

select * from final
