with source as (

    {{ select_contract_columns('salesforce', 'opportunity_contact_role') }}

),

final as (

    select
        id as contact_role_id,
        opportunity_id,
        contact_id,
        role as contact_role,
        is_primary,
        created_date as created_at,
        coalesce(system_modstamp, last_modified_date) as modified_at,
        coalesce(is_deleted, false) as is_deleted,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
