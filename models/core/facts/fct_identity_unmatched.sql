-- One row per billing customer without a CRM account: what it paid over the last twelve complete months, and the account
-- that its name suggests. The list from which a person writes overrides, largest first.
with crosswalk as (

    select * from {{ ref('int_identity__crosswalk') }}
    where source_system = 'stripe'

),

billing_months as (

    select * from {{ ref('fct_identity_record_month') }}
    where
        coverage_system = 'stripe'
        and month_on > {{ add_months(last_complete_month(), -12) }}

),

suggestions as (

    select * from {{ ref('int_identity__suggestion') }}
    where source_system = 'stripe' and suggestion_rank = 1

),

total as (

    select sum(revenue_cents) as revenue_cents from billing_months

),

revenue as (

    select
        source_id,
        sum(revenue_cents) as revenue_cents,
        sum(mrr_cents) filter (where month_on = {{ last_complete_month() }}) as mrr_cents,
    from billing_months
    group by source_id

),

final as (

    select
        crosswalk.source_id as stripe_customer_id,
        row_number() over (order by revenue.revenue_cents desc nulls last, crosswalk.source_id asc) as revenue_rank,
        case when crosswalk.is_ambiguous then 'ambiguous' else 'unmatched' end as match_status,
        case when crosswalk.is_ambiguous then crosswalk.match_method end as ambiguous_method,
        cast(revenue.revenue_cents as bigint) as revenue_12m_cents,
        cast(revenue.mrr_cents as bigint) as mrr_cents,
        cast(
            case
                when total.revenue_cents > 0
                    then {{ round_ratio('revenue.revenue_cents * 1000000', 'total.revenue_cents') }} * 0.000001
            end as decimal(9, 6)
        ) as share_of_revenue_12m,
        suggestions.account_id as suggested_account_id,
        suggestions.suggestion_score,
        suggestions.lead_over_next as suggestion_lead,
    from crosswalk
    cross join total
    left join revenue on crosswalk.source_id = revenue.source_id
    left join suggestions on crosswalk.source_id = suggestions.source_id
    where crosswalk.account_id is null

)

select * from final
