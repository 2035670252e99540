with source as (

    {{ select_contract_columns('salesforce', 'task') }}

),

renamed as (

    select
        {{ normalise_salesforce_id('id') }} as task_id,
        {{ normalise_salesforce_id('what_id') }} as what_id,
        {{ normalise_salesforce_id('who_id') }} as who_id,
        {{ normalise_salesforce_id('account_id') }} as account_id,
        {{ normalise_salesforce_id('owner_id') }} as owner_user_id,
        task_subtype,
        type as task_type,
        status as task_status,
        created_date as created_at,
        activity_date as activity_on,
        completed_date_time as completed_at,
        call_duration_in_seconds as call_seconds,
        coalesce(is_deleted, false) as is_deleted,
        _fivetran_synced as synced_at
    from source

),

latest as (

    {{ dedupe_latest('renamed', ['task_id'], ['synced_at']) }}

),

final as (

    select
        task_id,
        what_id,
        who_id,
        account_id,
        owner_user_id,
        task_subtype,
        task_type,
        task_status,
        created_at,
        activity_on,
        completed_at,
        call_seconds,
        is_deleted,
        synced_at
    from latest

)

select * from final
