-- One row per policy, subscription, price, currency, complete month and item: what MRR by that policy is made of, on one
-- list of items for all policies (seed mrr_policy_item), so that any two of them differ by the difference of their items.
-- Items of nothing are left out. Each item follows its own rule; what they leave open is the item `unexplained`.
with basis as (

    select * from {{ ref('int_revenue__mrr_basis_month') }}

),

policies as (

    select policy from {{ ref('mrr_policy') }}

),

items as (

    select item from {{ ref('mrr_policy_item') }}

),

policy_months as (

    select * from {{ ref('int_revenue__policy_mrr_month') }}

),

-- Exact amounts in millionths of a minor unit, so that nothing is rounded before the end.
prepared as (

    select
        policies.policy,
        basis.*,
        -- an agreement without a stated amount is read from its bills by every policy, as the invoiced one reads them
        policies.policy in ('invoiced', 'chartmogul')
        or (
            basis.is_in_force and basis.list_mrr_minor is null
            and case policies.policy
                when 'stripe' then coalesce(basis.stripe_status in ('active', 'past_due'), basis.is_past_trial)
                else basis.is_past_trial
            end
        ) as is_by_bill,
        basis.agreement_gap is null as is_agreed,
        basis.n_lines > 0 as is_billed,
        basis.is_in_force and basis.list_mrr_minor is not null
        and coalesce(basis.stripe_status in ('active', 'past_due'), basis.is_past_trial) as is_counted_by_stripe,
        (basis.list_mrr_minor + basis.forever_coupon_minor) * 1000000 as agreed_e6,
        basis.amount_e6 - basis.discount_e6 as net_e6,
        basis.forever_discount_e6 - basis.discount_e6 as other_discount_e6,
        basis.amount_e6 - basis.forever_discount_e6
        - (basis.list_mrr_minor + basis.forever_coupon_minor) * 1000000 as otherwise_e6,
    from basis
    cross join policies

),

exact_items as (

    select
        *,
        case when is_agreed then list_mrr_minor * 1000000 else 0 end as list_price,
        case when is_agreed and policy != 'list_price' then forever_coupon_minor * 1000000 else 0 end as forever_coupon,
        case
            when policy = 'stripe' and is_agreed and not is_counted_by_stripe and stripe_status = 'trialing'
                then -agreed_e6
            when policy = 'stripe' and not is_agreed and is_counted_by_stripe then agreed_e6
            else 0
        end as trial_by_status,
        case
            when
                policy = 'stripe' and is_agreed and not is_counted_by_stripe
                and stripe_status not in ('trialing', 'canceled')
                then -agreed_e6
            when policy = 'chartmogul' and (is_agreed or agreement_gap not in ('metered_usage', 'billed_after_end'))
                then -given_up_e6
            else 0
        end as collection_status,
        case
            when policy = 'stripe' and is_agreed and not is_counted_by_stripe and stripe_status = 'canceled'
                then -agreed_e6
            else 0
        end as cancellation,
        case when is_by_bill and is_agreed and not is_billed and not is_voided then -agreed_e6 else 0 end as not_billed,
        case when is_by_bill and is_agreed and not is_billed and is_voided then -agreed_e6 else 0 end as bill_voided,
        -- billed without an agreement: named by what is missing
        case
            when policy = 'chartmogul' and agreement_gap in ('metered_usage', 'billed_after_end') then 0
            when is_by_bill and not is_agreed and is_billed then net_e6
            else 0
        end as gap_amount,
        case when is_by_bill and is_agreed and is_billed then other_discount_e6 else 0 end as other_discount,
        case when is_by_bill and is_agreed and is_billed then otherwise_e6 else 0 end as otherwise,
        case when is_by_bill and policy != 'chartmogul' and is_billed then net_by_day_e6 - net_e6 else 0 end
            as calendar_days,
        case
            when
                policy = 'chartmogul' and is_billed
                and coalesce(agreement_gap not in ('metered_usage', 'billed_after_end'), true)
                then rounded_net_minor * 1000000 - (net_e6 - given_up_e6)
            else 0
        end as line_rounding,
    from prepared

),

totalled as (

    select
        *,
        list_price + forever_coupon + trial_by_status + collection_status + cancellation + not_billed + bill_voided
        + gap_amount + other_discount + otherwise + calendar_days as total_e6,
    from exact_items

),

-- A price never counts below zero, and not at all once what was billed last only gives back.
floored as (

    select
        *,
        case when is_by_bill and (is_given_back or total_e6 + line_rounding < 0) then -total_e6 else 0 end as given_back,
        case when is_by_bill and (is_given_back or total_e6 + line_rounding < 0) then 0 else line_rounding end
            as kept_line_rounding,
    from totalled

),

-- What bills in whole minor units must leave when parts of a period are scaled to a month is rounding, not a difference.
named as (

    select
        *,
        case when abs(other_discount) <= 1.5 * slack_e6 + 1000000 then 0 else other_discount end as stated_discount,
        case when abs(otherwise) <= 0.5 * slack_e6 + 1000000 then 0 else otherwise end as stated_otherwise,
    from floored

),

long as (

    select
        named.policy,
        named.customer_id,
        named.subscription_id,
        named.price_id,
        named.currency,
        named.month_on,
        items.item,
        case items.item
            when 'list_price' then named.list_price
            when 'forever_coupon' then named.forever_coupon
            when 'trial' then named.trial_by_status
            when 'collection_status' then named.collection_status
            when 'cancellation' then named.cancellation
            when 'not_billed' then named.not_billed
            when 'bill_voided' then named.bill_voided
            when 'other_discount' then named.stated_discount
            when 'billed_otherwise' then named.stated_otherwise
            when 'calendar_days' then named.calendar_days
            when 'given_back' then named.given_back
            else 0
        end
        + case when items.item = named.agreement_gap then named.gap_amount else 0 end as item_e6,
    from named
    cross join items

),

stated as (

    select
        policy,
        customer_id,
        subscription_id,
        price_id,
        currency,
        month_on,
        item,
        {{ round_ratio('item_e6', '1000000') }} as mrr_minor,
    from long
    where item_e6 != 0

    union all

    -- agreed, but neither the price nor a bill states an amount: unknown is not zero
    select
        policy,
        customer_id,
        subscription_id,
        price_id,
        currency,
        month_on,
        'price_not_stated' as item,
        null as mrr_minor,
    from prepared
    where
        policy not in ('invoiced', 'chartmogul')
        and is_by_bill
        and not is_billed

),

keyed_items as (

    select
        policy,
        subscription_id,
        price_id,
        currency,
        month_on,
        sum(mrr_minor) as items_minor,
    from stated
    group by policy, subscription_id, price_id, currency, month_on

),

roundings as (

    select
        named.policy,
        named.customer_id,
        named.subscription_id,
        named.price_id,
        named.currency,
        named.month_on,
        {{ round_ratio('(named.total_e6 + named.given_back + named.kept_line_rounding)', '1000000') }}
        - coalesce(keyed_items.items_minor, 0) as rounding_minor,
        coalesce(keyed_items.items_minor, 0) as items_minor,
    from named
    left join keyed_items
        on
            named.policy = keyed_items.policy
            and named.subscription_id = keyed_items.subscription_id
            and named.price_id = keyed_items.price_id
            and named.currency = keyed_items.currency
            and named.month_on = keyed_items.month_on

),

leftovers as (

    select
        roundings.*,
        coalesce(policy_months.mrr_minor, 0) - roundings.items_minor - roundings.rounding_minor as unexplained_minor,
    from roundings
    left join policy_months
        on
            roundings.policy = policy_months.policy
            and roundings.subscription_id = policy_months.subscription_id
            and roundings.price_id = policy_months.price_id
            and roundings.currency = policy_months.currency
            and roundings.month_on = policy_months.month_on

),

unioned as (

    select * from stated

    union all

    select
        policy,
        customer_id,
        subscription_id,
        price_id,
        currency,
        month_on,
        'rounding' as item,
        rounding_minor as mrr_minor,
    from leftovers
    where rounding_minor != 0

    union all

    select
        policy,
        customer_id,
        subscription_id,
        price_id,
        currency,
        month_on,
        'unexplained' as item,
        unexplained_minor as mrr_minor,
    from leftovers
    where unexplained_minor != 0

),

final as (

    select
        policy,
        customer_id,
        subscription_id,
        price_id,
        currency,
        month_on,
        item,
        cast(mrr_minor as bigint) as mrr_minor,
    from unioned

)

select * from final
