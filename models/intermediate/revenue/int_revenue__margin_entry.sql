-- One row per customer whose first three complete months of life are over and known: components of its margin over the
-- three together, reporting-currency cents. A customer with anything unknown in them, or without list value, has no row.
with customer_months as (

    select * from {{ ref('int_revenue__margin_customer_month') }}
    where month_on >= entry_from_on and month_on < entry_until_on

),

summed as (

    select
        customer_id,
        entry_from_on,
        entry_until_on,
        bool_and(is_measured) as is_measured,
        bool_and(has_fees) as has_fees,
        bool_and(has_onboarding) as has_onboarding,
        cast(sum(recurring_list_cents) as bigint) as list_cents,
        cast(sum(recurring_margin_cents) as bigint) as recurring_margin_cents,
        cast(sum(services_margin_cents) as bigint) as services_margin_cents,
        cast(sum(refund_cents + dispute_cents) as bigint) as contra_cents,
        cast(sum(support_cents) as bigint) as support_cents,
        cast(sum(payment_fees_cents) as bigint) as payment_fees_cents,
        cast(sum(onboarding_cents) as bigint) as onboarding_cents,
        cast(sum(known_cents) as bigint) as margin_cents,
    from customer_months
    group by customer_id, entry_from_on, entry_until_on

),

final as (

    select
        customer_id,
        entry_from_on,
        entry_until_on,
        has_fees,
        has_onboarding,
        list_cents,
        recurring_margin_cents,
        services_margin_cents,
        contra_cents,
        support_cents,
        payment_fees_cents,
        onboarding_cents,
        margin_cents,
    from summed
    where is_measured and list_cents > 0 and entry_until_on <= {{ add_months(last_complete_month(), 1) }}

)

select * from final
