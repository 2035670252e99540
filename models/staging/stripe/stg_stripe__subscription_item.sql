with source as (

    {{ select_contract_columns('stripe', 'subscription_item') }}

),

final as (

    select
        id as subscription_item_id,
        subscription_id,
        {{ scope_id('plan_id') }} as price_id,
        quantity,
        current_period_start as current_period_start_at,
        current_period_end as current_period_end_at,
        created as created_at,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
