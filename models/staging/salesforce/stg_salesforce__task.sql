with source as (

    {{ select_contract_columns('salesforce', 'task') }}

),

final as (

    select
        id as task_id,
        what_id,
        who_id,
        account_id,
        owner_id as owner_user_id,
        task_subtype,
        type as task_type,
        status as task_status,
        is_closed,
        is_archived,
        created_date as created_at,
        activity_date as activity_on,
        completed_date_time as completed_at,
        call_duration_in_seconds as call_seconds,
        coalesce(is_deleted, false) as is_deleted,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
