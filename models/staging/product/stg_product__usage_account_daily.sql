with source as (

    {{ select_contract_columns('product', 'usage_account_daily', [('_fivetran_synced', 'ts')]) }}

),

renamed as (

    select
        {{ normalise_salesforce_id('account_id') }} as account_id,
        date_day as usage_on,
        active_users,
        events,
        cast(minutes as decimal(18, 2)) as minutes,
        features_used,
        seats_entitled,
        _fivetran_synced as synced_at
    from source

),

latest as (

    {{ dedupe_latest('renamed', ['account_id', 'usage_on'], ['synced_at']) }}

),

final as (

    select
        account_id,
        usage_on,
        active_users,
        events,
        minutes,
        features_used,
        seats_entitled,
        synced_at
    from latest

)

select * from final
