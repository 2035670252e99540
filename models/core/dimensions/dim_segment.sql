-- One row per segment of the version in force: its rule in words and as SQL, how many mature deals it was learned from, and
-- what becomes of its customers, each with a 90 % interval. Outcomes are those of customers seen so far, not promises.
with versions as (

    select
        segment_version,
        segment_id,
        min(rule_order) as rule_order,
        min(frozen_on) as frozen_on,
        min(model_version) as model_version,
    from {{ ref('stg_predictions__segment_rule') }}
    group by segment_version, segment_id

),

rules as (

    select * from {{ ref('fct_segment_rule') }}

),

kpis as (

    select
        *,
        -- what is taken from the other segments is no comparison with them
        fallback_level in ('segment', 'partly_pooled') as is_own,
    from {{ ref('stg_predictions__segment_kpi') }}

),

wide_kpis as (

    select
        segment_id,
        max(mean) filter (where metric = 'survival_12m') as survival_12m_mean,
        max(p05) filter (where metric = 'survival_12m') as survival_12m_p05,
        max(p95) filter (where metric = 'survival_12m') as survival_12m_p95,
        max(mean) filter (where metric = 'expand_prob_12m') as expand_prob_12m_mean,
        max(mean) filter (where metric = 'gross_margin_rate') as gross_margin_rate_mean,
        max(mean) filter (where metric = 'support_cost_per_arr_year') as support_cost_per_arr_year_mean,
        max(mean) filter (where metric = 'life_years') as life_years_mean,
        max(mean) filter (where metric = 'contribution_per_arr_12m') as contribution_per_arr_12m_mean,
        max(p_better) filter (where metric = 'survival_12m' and is_own) as survival_12m_p_better,
        max(p_better) filter (where metric = 'expand_prob_12m' and is_own) as expand_prob_12m_p_better,
        max(p_better) filter (where metric = 'support_cost_per_arr_year' and is_own) as support_cost_per_arr_year_p_better,
        max(p_better) filter (where metric = 'contribution_per_arr_12m' and is_own) as contribution_per_arr_12m_p_better,
        max(p05) filter (where metric = 'contribution_per_arr_12m') as contribution_per_arr_12m_p05,
        max(p95) filter (where metric = 'contribution_per_arr_12m') as contribution_per_arr_12m_p95,
        max(maturity_status) filter (where metric = 'survival_12m') as maturity_status,
    from kpis
    group by segment_id

),

-- the year that the summary speaks of: as sure as its row of the retention curve
first_years as (

    select
        segment_id,
        fallback_level,
        n_churn_band as n_events_first_year_end,
        {{ flag_low_support('n_churn_band') }} as is_low_support,
    from {{ ref('stg_predictions__hazard') }}
    where age_month = 12 and term_type = 'all'

),

-- one population for every count: customers that were ever watched for a month, and those of them that left
watched as (

    select
        segment_id,
        count(distinct customer_id) as n_customers,
        count(*) as n_observed,
        count(*) filter (where has_churned) as n_events,
    from {{ ref('int_lifecycle__exposure_month') }}
    group by segment_id

),

joined as (

    select
        versions.*,
        rules.segment_name,
        rules.rule_sentence,
        rules.rule_predicate,
        rules.n_mature_deals,
        rules.valid_from_on,
        wide_kpis.* exclude (segment_id, maturity_status),
        coalesce(watched.n_customers, 0) as n_customers,
        coalesce(watched.n_observed, 0) as n_observed,
        coalesce(watched.n_events, 0) as n_events,
        coalesce(first_years.n_events_first_year_end, 0) as n_events_first_year_end,
        coalesce(first_years.is_low_support, true) as is_low_support,
        coalesce(first_years.fallback_level, 'prior_only') as fallback_level,
        coalesce(wide_kpis.maturity_status, 'prior_only') as maturity_status,
    from versions
    inner join rules on versions.segment_version = rules.segment_version and versions.segment_id = rules.segment_id
    left join wide_kpis on versions.segment_id = wide_kpis.segment_id
    left join watched on versions.segment_id = watched.segment_id
    left join first_years on versions.segment_id = first_years.segment_id

),

ranked as (

    select
        *,
        row_number() over (
            order by contribution_per_arr_12m_mean desc nulls last, rule_order asc, segment_id asc
        ) as segment_rank,
    from joined

),

final as (

    select
        segment_id,
        segment_version,
        cast(segment_rank as integer) as segment_rank,
        segment_name,
        rule_sentence,
        rule_predicate,
        frozen_on,
        valid_from_on,
        cast(n_mature_deals as bigint) as n_mature_deals,
        survival_12m_mean,
        survival_12m_p05,
        survival_12m_p95,
        survival_12m_p_better,
        expand_prob_12m_mean,
        expand_prob_12m_p_better,
        gross_margin_rate_mean,
        support_cost_per_arr_year_mean,
        support_cost_per_arr_year_p_better,
        life_years_mean,
        contribution_per_arr_12m_mean,
        contribution_per_arr_12m_p05,
        contribution_per_arr_12m_p95,
        contribution_per_arr_12m_p_better,
        segment_name || ': '
        || coalesce(format(
            '{:.0f} of 100 stay a year ({:.0f} to {:.0f})',
            100 * survival_12m_mean, 100 * survival_12m_p05, 100 * survival_12m_p95
        ), 'nobody has been seen staying or leaving yet')
        || coalesce(format(', {:.0f} expand', 100 * expand_prob_12m_mean), '')
        || coalesce(format(', support {:.0f} % of ARR', 100 * support_cost_per_arr_year_mean), ', support cost unknown')
        || case
            when n_customers = 0 then '; no customer seen so far'
            else format('; {} of {} customers left so far', n_events, n_customers)
        end
        || case
            -- a single segment has nobody to lean on
            when count(*) over () = 1 then ''
            when fallback_level = 'segment' then ': firm'
            when fallback_level = 'partly_pooled' then ': leans on the other segments, too'
            when fallback_level = 'company' then ': taken from the other segments'
            else ''
        end as summary,
        n_customers,
        n_observed,
        n_events,
        n_events_first_year_end,
        is_low_support,
        fallback_level,
        maturity_status,
        model_version,
        {{ as_of_date() }} as as_of_date,
    from ranked

)

select * from final
