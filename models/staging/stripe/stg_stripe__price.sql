with source as (

    {{ select_contract_columns('stripe', 'price') }}

),

renamed as (

    select
        id as price_id,
        product_id as stripe_product_id,
        upper(currency) as currency,
        cast(coalesce(unit_amount_decimal, unit_amount) as decimal(38, 12)) as unit_amount_minor,
        lower(recurring_interval) as interval_unit,
        recurring_interval_count as interval_count,
        recurring_usage_type as usage_type,
        billing_scheme,
        type as price_type,
        _fivetran_synced as synced_at
    from source
    where coalesce(livemode, true)

),

latest as (

    {{ dedupe_latest('renamed', ['price_id'], ['synced_at']) }}

),

final as (

    select
        price_id,
        stripe_product_id,
        currency,
        unit_amount_minor,
        interval_unit,
        interval_count,
        usage_type,
        billing_scheme,
        price_type,
        synced_at
    from latest

)

select * from final
