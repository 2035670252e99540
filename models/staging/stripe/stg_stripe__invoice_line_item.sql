with source as (

    {{ select_contract_columns('stripe', 'invoice_line_item') }}

),

renamed as (

    select
        id as invoice_line_item_id,
        invoice_id,
        subscription_id,
        subscription_item_id,
        coalesce(price_id, plan_id) as price_id,
        amount as amount_minor,
        upper(currency) as currency,
        quantity,
        coalesce(proration, false) as is_proration,
        discountable as is_discountable,
        period_start as period_start_at,
        period_end as period_end_at,
        type as line_type,
        _fivetran_synced as synced_at
    from source
    where
        coalesce(livemode, true)
        and left(id, 4) <> 'sub_'

),

latest as (

    {{ dedupe_latest('renamed', ['invoice_id', 'invoice_line_item_id'], ['synced_at']) }}

),

final as (

    select
        invoice_line_item_id,
        invoice_id,
        subscription_id,
        subscription_item_id,
        price_id,
        amount_minor,
        currency,
        quantity,
        is_proration,
        is_discountable,
        period_start_at,
        period_end_at,
        line_type,
        synced_at
    from latest

)

select * from final
