-- One row per segment of the version in force: its rule in words and as SQL, how many mature deals stand behind it, and
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

    select * from {{ ref('stg_predictions__segment_kpi') }}

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
        max(p05) filter (where metric = 'contribution_per_arr_12m') as contribution_per_arr_12m_p05,
        max(p95) filter (where metric = 'contribution_per_arr_12m') as contribution_per_arr_12m_p95,
        max(n_observed) filter (where metric = 'survival_12m') as n_observed,
        max(n_events) filter (where metric = 'survival_12m') as n_events,
        max(maturity_status) filter (where metric = 'survival_12m') as maturity_status,
    from kpis
    group by segment_id

),

company as (

    select sum(n_observed) as n_observed
    from wide_kpis
    where segment_id != 'all'

),

joined as (

    select
        versions.*,
        rules.segment_name,
        rules.rule_sentence,
        rules.rule_predicate,
        rules.n_mature_deals,
        wide_kpis.* exclude (segment_id, n_observed, n_events, maturity_status),
        coalesce(wide_kpis.n_observed, 0) as n_observed,
        coalesce(wide_kpis.n_events, 0) as n_events,
        coalesce(wide_kpis.maturity_status, 'prior_only') as maturity_status,
        coalesce(company.n_observed, 0) as n_observed_company,
    from versions
    cross join company
    inner join rules on versions.segment_version = rules.segment_version and versions.segment_id = rules.segment_id
    left join wide_kpis on versions.segment_id = wide_kpis.segment_id

),

graded as (

    select
        *,
        -- the same rule as orchestration/inference/evidence.py
        case
            when n_observed_company <= 0 then 'prior_only'
            when n_observed <= 0 then 'company'
            when n_events >= 30 then 'segment'
            else 'partly_pooled'
        end as fallback_level,
        row_number() over (order by contribution_per_arr_12m_mean desc nulls last, rule_order, segment_id) as segment_rank,
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
        cast(n_mature_deals as bigint) as n_mature_deals,
        survival_12m_mean,
        survival_12m_p05,
        survival_12m_p95,
        expand_prob_12m_mean,
        gross_margin_rate_mean,
        support_cost_per_arr_year_mean,
        life_years_mean,
        contribution_per_arr_12m_mean,
        contribution_per_arr_12m_p05,
        contribution_per_arr_12m_p95,
        segment_name || ': '
        || coalesce(format(
            '{:.0f} of 100 stay a year ({:.0f} to {:.0f})',
            100 * survival_12m_mean, 100 * survival_12m_p05, 100 * survival_12m_p95
        ), 'nobody has been seen staying or leaving yet')
        || coalesce(format(', {:.0f} expand', 100 * expand_prob_12m_mean), '')
        || coalesce(format(', support {:.0f} % of ARR', 100 * support_cost_per_arr_year_mean), ', support cost unknown')
        || format('; learned from {} deals, {} churns: ', n_mature_deals, n_events)
        || case fallback_level
            when 'segment' then 'firm'
            when 'partly_pooled' then 'thin, leans on the other segments'
            when 'company' then 'no customer of its own yet'
            else 'a prior only'
        end as summary,
        n_observed,
        n_events,
        n_events < 30 as is_low_support,
        fallback_level,
        maturity_status,
        model_version,
        {{ as_of_date() }} as as_of_date,
    from graded

)

select * from final
