with source as (

    {{ select_contract_columns('salesforce', 'opportunity', [('_fivetran_start', 'ts', 'version_started_at')]) }}

),

renamed as (

    select
        {{ normalise_salesforce_id('id') }} as opportunity_id,
        coalesce(system_modstamp, version_started_at) as version_at,
        stage_name,
        cast(amount as decimal(18, 2)) as amount,
        upper(currency_iso_code) as currency,
        close_date as close_on,
        cast(probability * 0.01 as decimal(9, 6)) as probability_rate,
        {{ normalise_salesforce_id('owner_id') }} as owner_user_id,
        {{ normalise_salesforce_id('account_id') }} as account_id,
        is_closed,
        is_won,
        coalesce(is_deleted, false) as is_deleted,
        cast(null as varchar) as source_relation,
        _fivetran_synced as synced_at
    from source

),

dated as (

    select * from renamed
    where version_at is not null

),

latest as (

    {{ dedupe_latest('dated', ['opportunity_id', 'version_at'], ['synced_at']) }}

),

final as (

    select
        opportunity_id,
        version_at,
        stage_name,
        amount,
        currency,
        close_on,
        probability_rate,
        owner_user_id,
        account_id,
        is_closed,
        is_won,
        is_deleted,
        source_relation,
        synced_at
    from latest

)

select * from final
