with source as (

    {{ select_contract_columns('zendesk', 'organization') }}

),

final as (

    select
        {{ scope_id('id') }} as organization_id,
        name as organization_name,
        {{ hash_name_tokens('name') }} as name_tokens,
        external_id,
        group_id,
        created_at,
        updated_at,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
