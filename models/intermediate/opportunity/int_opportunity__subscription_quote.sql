-- One row per subscription and quote that one of its invoices carried by the as-of day.
with invoices as (

    select * from {{ ref('stg_stripe__invoice') }}
    where quote_ref is not null and not is_deleted and {{ was_known('created_at') }}

),

-- newer versions of the billing interface name the subscription on the line only
line_subscriptions as (

    select distinct
        invoice_id,
        subscription_id,
    from {{ ref('stg_stripe__invoice_line_item') }}
    where subscription_id is not null

),

final as (

    select distinct
        coalesce(invoices.subscription_id, line_subscriptions.subscription_id) as subscription_id,
        {{ normalise_salesforce_id('invoices.quote_ref') }} as quote_ref,
    from invoices
    left join line_subscriptions on invoices.invoice_id = line_subscriptions.invoice_id
    where coalesce(invoices.subscription_id, line_subscriptions.subscription_id) is not null

)

select * from final
