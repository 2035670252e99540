with source as (

    {{ select_contract_columns('salesforce', 'event') }}

),

final as (

    select
        id as event_id,
        what_id,
        who_id,
        account_id,
        owner_id as owner_user_id,
        created_date as created_at,
        coalesce(start_date_time, activity_date_time) as started_at,
        end_date_time as ended_at,
        activity_date as activity_on,
        coalesce(is_child, false) as is_child,
        is_group_event,
        is_archived,
        coalesce(is_deleted, false) as is_deleted,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
