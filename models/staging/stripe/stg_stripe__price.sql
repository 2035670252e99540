with source as (

    {{ select_contract_columns('stripe', 'price') }}

),

final as (

    select
        {{ scope_id('id') }} as price_id,
        {{ scope_id('product_id') }} as stripe_product_id,
        nickname as price_name,
        upper(currency) as currency,
        cast(coalesce(unit_amount_decimal, unit_amount) as decimal(38, 12)) as unit_amount_minor,
        lower(recurring_interval) as interval_unit,
        recurring_interval_count as interval_count,
        recurring_usage_type as usage_type,
        billing_scheme,
        tiers_mode,
        type as price_type,
        active as is_active,
        created as created_at,
        coalesce(is_deleted, false) as is_deleted,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
