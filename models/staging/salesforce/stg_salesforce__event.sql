with source as (

    {{ select_contract_columns('salesforce', 'event') }}

),

renamed as (

    select
        {{ normalise_salesforce_id('id') }} as event_id,
        {{ normalise_salesforce_id('what_id') }} as what_id,
        {{ normalise_salesforce_id('who_id') }} as who_id,
        {{ normalise_salesforce_id('account_id') }} as account_id,
        {{ normalise_salesforce_id('owner_id') }} as owner_user_id,
        created_date as created_at,
        coalesce(start_date_time, activity_date_time) as started_at,
        end_date_time as ended_at,
        activity_date as activity_on,
        coalesce(is_child, false) as is_child,
        coalesce(is_deleted, false) as is_deleted,
        _fivetran_synced as synced_at
    from source

),

latest as (

    {{ dedupe_latest('renamed', ['event_id'], ['synced_at']) }}

),

final as (

    select
        event_id,
        what_id,
        who_id,
        account_id,
        owner_user_id,
        created_at,
        started_at,
        ended_at,
        activity_on,
        is_child,
        is_deleted,
        synced_at
    from latest

)

select * from final
