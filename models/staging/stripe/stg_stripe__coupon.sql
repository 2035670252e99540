with source as (

    {{ select_contract_columns('stripe', 'coupon') }}

),

final as (

    select
        {{ scope_id('id') }} as coupon_id,
        name as coupon_name,
        duration,
        amount_off as amount_off_minor,
        cast(percent_off as decimal(9, 4)) as percent_off,
        upper(currency) as currency,
        duration_in_months,
        valid as is_valid,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
