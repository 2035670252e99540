-- One row per policy, billing currency and complete month: MRR by that definition, and on how many it rests.
with policy_months as (

    select * from {{ ref('int_revenue__policy_mrr_month') }}

),

currencies as (

    select * from {{ ref('int_revenue__currency') }}

),

final as (

    select
        policy_months.policy,
        policy_months.currency,
        currencies.exponent as currency_exponent,
        policy_months.month_on,
        cast(coalesce(sum(policy_months.mrr_minor), 0) as bigint) as mrr_minor,
        count(distinct policy_months.customer_id) filter (where policy_months.mrr_minor > 0) as n_customers,
        count(*) filter (where policy_months.mrr_minor != 0) as n_lines,
        count(*) filter (where policy_months.mrr_minor is null) as n_unknown_lines,
    from policy_months
    inner join currencies on policy_months.currency = currencies.currency
    group by policy_months.policy, policy_months.currency, currencies.exponent, policy_months.month_on

)

select * from final
