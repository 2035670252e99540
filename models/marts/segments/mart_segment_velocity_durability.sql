-- One row per segment (`all` and `unassigned` among them) and velocity band (`all` and `unknown` among them): how many of
-- its deals were won and what became in twelve months of the customers behind them, beside the rest of the company. Counts
-- and sums are additive over segments and over bands but `all`, rates and days are not. On the band `all` it says what pace
-- buys: fast or slow, fragile or durable. Associations and no effects: buyers and sellers choose the pace.
with groups as (

    select * from {{ ref('fct_segment_velocity') }}

),

company as (

    select * from groups
    where segment_id = 'all' and velocity_band = 'all'

),

segments as (

    select * from {{ ref('dim_segment') }}

),

paces as (

    select
        segment_id,
        {%- for key, outcome in {'support': 'support_per_arr_12m', 'margin': 'gross_margin_rate_12m', 'nrr': 'nrr_12m'}.items() %}
            max(difference) filter (where outcome = '{{ outcome }}') as {{ key }}_difference,
            -- where terms explain it, the pace alone stays unconfirmed
            max(
                case
                    when evidence = 'holds_at_same_terms' then verdict
                    when evidence in ('not_at_same_terms', 'terms_not_recorded') then 'unconfirmed'
                    else evidence
                end
            )
            filter (where outcome = '{{ outcome }}') as {{ key }},
        {%- endfor %}
    from {{ ref('mart_segment_pace_difference') }}
    group by segment_id

),

survival as (

    select
        segment_id,
        mean,
        p05,
        p95,
        case when fallback_level in ('segment', 'partly_pooled') then p_better end as p_better,
    from {{ ref('stg_predictions__segment_kpi') }}
    -- before one customer month was seen, the prior is nobody's survival
    where metric = 'survival_12m' and n_observed > 0

),

limits as (

    {{ pick_limits(ref('pattern_limit'), ['false_call_rate_max', 'least_units', 'certain_probability']) }}

),

scored as (

    select
        groups.*,
        {{ score_outcomes('groups', 'company') }},
        {{ compare_share(
            'groups.n_won', 'groups.n_deals', '(company.n_won - groups.n_won)', '(company.n_deals - groups.n_deals)'
        ) }} as win_rate_z,
        cast(company.n_won as double) / nullif(company.n_deals, 0) as win_rate_company,
        -- a band is a pace itself, so only whole segments are fast or slow
        case when groups.velocity_band = 'all' then {{ compare_share(
            'groups.n_faster_than_company', 'groups.n_won_pace_known',
            '(company.n_faster_than_company - groups.n_faster_than_company)',
            '(company.n_won_pace_known - groups.n_won_pace_known)'
        ) }} end as pace_z,
        {{ get_two_sided_p('pace_z') }} as pace_chance,
    from groups
    cross join company

),

looked_at as (

    select
        *,
        {{ adjust_outcomes() }},
        {{ adjust_for_looks('pace_chance', 'true') }} as pace_adjusted,
    from scored

),

called as (

    select
        *,
        {{ rate_outcome_calls() }},
        {{ get_false_call_rate('pace_adjusted', 'pace_chance', 'true') }} as pace_false_call_rate,
    from looked_at

),

shown as (

    select
        groups.segment_id,
        {{ name_group('groups.segment_id', 'segments.segment_name') }} as segment_name,
        groups.velocity_band,
        groups.band_order,
        groups.band_name,
        groups.from_days,
        groups.until_days,
        groups.n_deals,
        groups.n_won,
        groups.n_deals - groups.n_won as n_lost,
        cast(groups.n_won as double) / nullif(groups.n_deals, 0) as win_rate,
        {{ bound_share('groups.n_won', 'groups.n_deals', -1) }} as win_rate_p05,
        {{ bound_share('groups.n_won', 'groups.n_deals', 1) }} as win_rate_p95,
        win_rate - groups.win_rate_company as win_rate_vs_company,
        {{ get_probability_better('groups.win_rate_z', 'higher') }} as win_rate_p_better,
        groups.n_won_pace_known,
        groups.won_days,
        groups.won_days_p25,
        groups.won_days_p50,
        groups.won_days_p75,
        groups.n_faster_than_company,
        groups.n_mature_12m,
        {{ show_outcomes('groups', 'company', 'limits', left_out=['n_mature_12m']) }},
        cast(groups.n_faster_than_company as double) / nullif(groups.n_won_pace_known, 0) as faster_share,
        {{ bound_share('groups.n_faster_than_company', 'groups.n_won_pace_known', -1) }} as faster_share_p05,
        {{ bound_share('groups.n_faster_than_company', 'groups.n_won_pace_known', 1) }} as faster_share_p95,
        {{ get_probability_better('groups.pace_z', 'higher') }} as p_faster_than_rest,
        {{ judge_difference(
            'groups.pace_z', 'groups.pace_false_call_rate',
            'least(groups.n_won_pace_known, company.n_won_pace_known - groups.n_won_pace_known)',
            'limits.least_units', 'limits.false_call_rate_max',
            'groups.n_won_pace_known > 0 and groups.n_won_pace_known = company.n_won_pace_known'
        ) }} as pace_verdict,
        {{ flag_low_support('groups.n_churned_12m') }} as is_low_support,
    from called as groups
    cross join company
    cross join limits
    left join segments on groups.segment_id = segments.segment_id

),

-- true, false, or null where it cannot be told
-- segments were found on the very outcomes that are counted here, which makes their churn look more different than it is;
-- the fitted survival is corrected for that
claimed as (

    select
        shown.*,
        survival.mean as survival_12m_mean,
        survival.p05 as survival_12m_p05,
        survival.p95 as survival_12m_p95,
        survival.p_better as survival_12m_p_better,
        case pace_verdict when 'higher' then true when 'lower' then false end as is_fast,
        case
            when survival.p_better <= 1 - limits.certain_probability then true
            when survival.p_better >= limits.certain_probability then false
        end as is_fragile,
        case expansion_12m_rate_verdict when 'higher' then true when 'lower' then false end as is_expanding,
        case nrr_12m_verdict when 'higher' then true when 'lower' then false end as is_growing,
    from shown
    cross join limits
    left join survival on shown.segment_id = survival.segment_id

),

final as (

    select
        claimed.* exclude (
            pace_verdict, is_fast, is_fragile, is_expanding, is_growing, is_low_support, survival_12m_mean, survival_12m_p05,
            survival_12m_p95, survival_12m_p_better
        ),
        {%- set on_whole = "when claimed.velocity_band != 'all' then null" %}
        case
            {{ on_whole }}
            when claimed.is_fast then 'fast'
            when not claimed.is_fast then 'slow'
            else claimed.pace_verdict
        end as pace,
        case
            {{ on_whole }}
            when 'nothing_to_compare' in (claimed.pace_verdict, claimed.churn_12m_rate_verdict) then 'nothing_to_compare'
            when 'too_few' in (claimed.pace_verdict, claimed.churn_12m_rate_verdict) then 'too_few'
            when claimed.is_fast and claimed.is_fragile then 'fast_fragile'
            when claimed.is_fast and not claimed.is_fragile then 'fast_durable'
            when not claimed.is_fast and claimed.is_fragile then 'slow_fragile'
            when not claimed.is_fast and not claimed.is_fragile then 'slow_durable'
            else 'not_told_apart'
        end as quadrant,
        case
            {{ on_whole }}
            when claimed.is_fast and claimed.is_fragile then 'yes'
            when not (claimed.is_fast and claimed.is_fragile) then 'no'
            when 'nothing_to_compare' in (claimed.pace_verdict, claimed.churn_12m_rate_verdict) then 'nothing_to_compare'
            when 'too_few' in (claimed.pace_verdict, claimed.churn_12m_rate_verdict) then 'too_few'
            else 'not_told_apart'
        end as fast_with_high_churn,
        case
            {{ on_whole }}
            when not claimed.is_fast and claimed.is_expanding and claimed.is_growing then 'yes'
            when not (not claimed.is_fast and claimed.is_expanding and claimed.is_growing) then 'no'
            when 'nothing_to_compare' in (claimed.pace_verdict, claimed.expansion_12m_rate_verdict, claimed.nrr_12m_verdict)
                then 'nothing_to_compare'
            when 'too_few' in (claimed.pace_verdict, claimed.expansion_12m_rate_verdict, claimed.nrr_12m_verdict) then 'too_few'
            else 'not_told_apart'
        end as slow_with_durable_expansion,
        case
            {{ on_whole }}
            when paces.support = 'higher' then 'yes'
            when paces.support = 'lower' then 'no'
            else paces.support
        end as acceleration_raises_support,
        case
            {{ on_whole }}
            -- what is lower for the faster half is higher for the patient one
            when paces.margin = 'lower' and paces.nrr = 'lower' then 'yes'
            when 'higher' in (paces.margin, paces.nrr) then 'no'
            when 'too_few' in (paces.margin, paces.nrr) then 'too_few'
            when 'not_told_apart' in (paces.margin, paces.nrr) then 'not_told_apart'
            else 'unconfirmed'
        end as patience_raises_margin_and_nrr,
        case when claimed.velocity_band = 'all' then paces.support_difference end as faster_support_per_arr_difference,
        case when claimed.velocity_band = 'all' then paces.margin_difference end as faster_gross_margin_rate_difference,
        case when claimed.velocity_band = 'all' then paces.nrr_difference end as faster_nrr_difference,
        case when claimed.velocity_band = 'all' then claimed.survival_12m_mean end as survival_12m_mean,
        case when claimed.velocity_band = 'all' then claimed.survival_12m_p05 end as survival_12m_p05,
        case when claimed.velocity_band = 'all' then claimed.survival_12m_p95 end as survival_12m_p95,
        case when claimed.velocity_band = 'all' then claimed.survival_12m_p_better end as survival_12m_p_better,
        claimed.n_mature_12m as n_observed,
        claimed.n_churned_12m as n_events,
        claimed.is_low_support,
        {{ as_of_date() }} as as_of_date,
    from claimed
    inner join paces on claimed.segment_id = paces.segment_id

)

select * from final
