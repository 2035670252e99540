with source as (

    {{ select_contract_columns('salesforce', 'user_role') }}

),

final as (

    select
        id as user_role_id,
        name as role_name,
        parent_role_id,
        coalesce(_fivetran_deleted, false) as is_deleted,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
