with source as (

    {{ select_contract_columns('zendesk', 'group') }}

),

final as (

    select
        id as group_id,
        name as group_name,
        coalesce(_fivetran_deleted, false) as is_deleted,
        created_at,
        updated_at,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
