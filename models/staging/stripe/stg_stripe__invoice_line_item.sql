with source as (

    {{ select_contract_columns('stripe', 'invoice_line_item') }}

),

final as (

    select
        id as invoice_line_item_id,
        invoice_id,
        unique_id,
        subscription_id,
        subscription_item_id,
        {{ scope_id('coalesce(price_id, plan_id)') }} as price_id,
        amount as amount_minor,
        upper(currency) as currency,
        quantity,
        unit_amount_excluding_tax as unit_amount_excluding_tax_minor,
        discountable as is_discountable,
        coalesce(proration, false) as is_proration,
        period_start as period_start_at,
        period_end as period_end_at,
        type as line_type,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
