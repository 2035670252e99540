with source as (

    {{ select_contract_columns('salesforce', 'record_type') }}

),

final as (

    select
        id as record_type_id,
        name as record_type_name,
        developer_name,
        sobject_type as object_name,
        is_active,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
