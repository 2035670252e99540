-- One row per origin and customer that was there or started in the quarter, at most 50,000 by the hash of the customer:
-- what was known of it then, and what the next twelve months brought as far as they are complete.
with members as (

    select * from {{ ref('int_lifecycle__backtest_member') }}

),

numbered as (

    select
        *,
        count(*) over (order by md5(customer_id) range between unbounded preceding and current row) as sample_order,
    from members

),

sampled as (

    select * from numbered
    where sample_order <= 50000

),

customers as (

    select * from {{ ref('int_lifecycle__customer') }}

),

accounts as (

    select * from {{ ref('dim_account') }}

),

segments as (

    select * from {{ ref('int_lifecycle__backtest_customer_segment') }}

),

exposure as (

    select * from {{ ref('int_lifecycle__exposure_month') }}

),

customer_months as (

    select * from {{ ref('fct_customer_month') }}

),

features as (

    select * from {{ ref('int_opportunity__segment_feature') }}

),

behaviour as (

    select
        sampled.origin_on,
        sampled.customer_id,
        sampled.cohort,
        min(case when exposure.has_churned then {{ months_between('sampled.first_risk_on', 'exposure.month_on') }} + 1 end)
            as churned_after_months,
        min(case when exposure.has_expanded then {{ months_between('sampled.first_risk_on', 'exposure.month_on') }} + 1 end)
            as expanded_after_months,
    from sampled
    inner join exposure
        on
            sampled.customer_id = exposure.customer_id
            and sampled.first_risk_on <= exposure.month_on
            and {{ add_months('sampled.first_risk_on', '12') }} > exposure.month_on
    group by sampled.origin_on, sampled.customer_id, sampled.cohort

),

money as (

    select
        sampled.origin_on,
        sampled.customer_id,
        sampled.cohort,
        cast(sum(customer_months.revenue_cents) as bigint) as revenue_cents,
        cast(sum(customer_months.margin_revenue_cents) as hugeint) as margin_revenue_cents,
        cast(sum(customer_months.gross_margin_cents) as hugeint) as gross_margin_cents,
        cast(
            case
                when count(*) = count(customer_months.support_cost_cents) then sum(customer_months.support_cost_cents)
            end as bigint
        ) as support_cost_cents,
    from sampled
    inner join customer_months
        on
            sampled.customer_id = customer_months.customer_id
            and sampled.first_money_on <= customer_months.month_on
            and {{ add_months('sampled.first_money_on', '12') }} > customer_months.month_on
    where sampled.months_known >= 12
    group by sampled.origin_on, sampled.customer_id, sampled.cohort

),

final as (

    select
        sampled.origin_on,
        sampled.customer_id,
        sampled.cohort,
        segments.segment_id,
        segments_when_known.segment_id as segment_id_when_known,
        customers.term_type,
        sampled.age_month,
        sampled.arr_cents,
        coalesce(accounts.industry, 'unknown') as industry,
        features.discount_pct,
        features.contract_term_months,
        features.payment_terms_days,
        features.customisation_requests,
        features.implementation_promises,
        features.services_share,
        features.promised_onboarding_days,
        features.has_success_criteria,
        features.stakeholder_count,
        features.days_per_stage,
        features.push_count,
        features.active_days_per_week,
        greatest(sampled.months_known, 0) as months_known,
        behaviour.churned_after_months,
        behaviour.expanded_after_months,
        money.revenue_cents,
        {{ extend_gross_margin('money') }} as gross_margin_cents,
        money.support_cost_cents,
    from sampled
    inner join customers on sampled.customer_id = customers.customer_id
    left join accounts on customers.account_id = accounts.account_id
    left join segments on sampled.origin_on = segments.origin_on and sampled.customer_id = segments.customer_id
    -- by the rules of the first origin at which its twelve months are complete
    left join segments as segments_when_known
        on
            {{ add_months('sampled.origin_on', "case when sampled.cohort = 'new' then 15 else 12 end") }}
            = segments_when_known.origin_on
            and sampled.customer_id = segments_when_known.customer_id
    left join features on customers.opportunity_id = features.opportunity_id
    left join behaviour
        on
            sampled.origin_on = behaviour.origin_on
            and sampled.customer_id = behaviour.customer_id
            and sampled.cohort = behaviour.cohort
    left join money
        on
            sampled.origin_on = money.origin_on
            and sampled.customer_id = money.customer_id
            and sampled.cohort = money.cohort

)

select * from final
