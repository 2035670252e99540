with source as (

    {{ select_contract_columns(
        'salesforce', 'user', list_field_map_columns([('weekly_capacity_hours', 'num')], 'salesforce', 'user')
    ) }}

),

renamed as (

    select
        {{ normalise_salesforce_id('id') }} as user_id,
        name as user_name,
        is_active,
        {{ normalise_salesforce_id('manager_id') }} as manager_user_id,
        cast(weekly_capacity_hours as decimal(9, 2)) as weekly_capacity_hours,
        _fivetran_synced as synced_at
    from source

),

latest as (

    {{ dedupe_latest('renamed', ['user_id'], ['synced_at']) }}

),

final as (

    select
        user_id,
        user_name,
        is_active,
        manager_user_id,
        weekly_capacity_hours,
        synced_at
    from latest

)

select * from final
