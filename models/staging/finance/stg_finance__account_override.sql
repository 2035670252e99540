with source as (

    {{ select_contract_columns('crosswalk', 'account_override') }}

),

final as (

    select
        account_id,
        lower(source_system) as source_system,
        source_id,
        valid_from as valid_from_on,
        valid_to as valid_to_on,
        reason,
        _fivetran_synced as synced_at
    from source

)

select * from final
