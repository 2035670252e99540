with source as (

    {{ select_contract_columns('salesforce', 'user') }}

),

final as (

    select
        id as user_id,
        name as user_name,
        is_active,
        coalesce(_fivetran_deleted, false) as is_deleted,
        manager_id as manager_user_id,
        user_role_id,
        title,
        department,
        cast(weekly_capacity_hours as decimal(9, 2)) as weekly_capacity_hours,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
