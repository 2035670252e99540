-- A failing row is a month and currency in which all movements since the start do not sum to the MRR of the subscriptions
-- that count then, which is read from the policy itself and not from the customers' months.
with movements as (

    select
        currency,
        month_on,
        sum(new_minor + expansion_minor - contraction_minor - churn_minor + reactivation_minor) as moved_minor,
    from {{ ref('fct_mrr_movement_month') }}
    group by currency, month_on

),

policy_months as (

    select
        currency,
        month_on,
        mrr_minor,
    from {{ ref('fct_mrr_policy_month') }}
    where policy = '{{ var("mrr_policy") }}'

),

running as (

    select
        coalesce(movements.currency, policy_months.currency) as currency,
        coalesce(movements.month_on, policy_months.month_on) as month_on,
        sum(coalesce(movements.moved_minor, 0)) over (
            partition by coalesce(movements.currency, policy_months.currency)
            order by coalesce(movements.month_on, policy_months.month_on)
        ) as moved_so_far_minor,
        coalesce(policy_months.mrr_minor, 0) as mrr_minor,
    from movements
    full outer join policy_months
        on movements.currency = policy_months.currency and movements.month_on = policy_months.month_on

)

select
    currency,
    month_on,
    moved_so_far_minor,
    mrr_minor,
from running
where moved_so_far_minor != mrr_minor
