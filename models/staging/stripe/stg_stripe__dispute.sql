with source as (

    {{ select_contract_columns('stripe', 'dispute') }}

),

final as (

    select
        id as dispute_id,
        charge_id,
        balance_transaction as balance_transaction_ref,
        status as dispute_status,
        reason,
        amount as amount_minor,
        upper(currency) as currency,
        created as created_at,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
