with source as (

    {{ select_contract_columns('salesforce', 'opportunity_field_history') }}

),

final as (

    select
        id as field_history_id,
        opportunity_id,
        field as field_name,
        data_type,
        old_value,
        new_value,
        created_date as changed_at,
        created_by_id as changed_by_user_id,
        coalesce(is_deleted, false) as is_deleted,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
