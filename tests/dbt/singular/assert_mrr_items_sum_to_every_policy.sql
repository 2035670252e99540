-- A failing row is a policy, subscription, price and month whose items do not sum to its MRR, or one with a part that no item
-- explains although the price is known: an item then does not follow the rule that it states.
with items as (

    select
        policy,
        subscription_id,
        price_id,
        currency,
        month_on,
        coalesce(sum(mrr_minor), 0) as items_minor,
        coalesce(sum(mrr_minor) filter (where item = 'unexplained'), 0) as unexplained_minor,
    from {{ ref('int_revenue__mrr_item_month') }}
    group by policy, subscription_id, price_id, currency, month_on

)

select
    coalesce(items.policy, policy_months.policy) as policy,
    coalesce(items.subscription_id, policy_months.subscription_id) as subscription_id,
    coalesce(items.price_id, policy_months.price_id) as price_id,
    coalesce(items.month_on, policy_months.month_on) as month_on,
    items.items_minor,
    items.unexplained_minor,
    policy_months.mrr_minor,
from items
full outer join {{ ref('int_revenue__policy_mrr_month') }} as policy_months
    on
        items.policy = policy_months.policy
        and items.subscription_id = policy_months.subscription_id
        and items.price_id = policy_months.price_id
        and items.currency = policy_months.currency
        and items.month_on = policy_months.month_on
where
    coalesce(items.items_minor, 0) != coalesce(policy_months.mrr_minor, 0)
    or coalesce(items.unexplained_minor, 0) != 0
