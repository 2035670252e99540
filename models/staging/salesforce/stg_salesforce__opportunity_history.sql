with source as (

    {{ select_contract_columns('salesforce', 'opportunity_history') }}

),

renamed as (

    select
        {{ normalise_salesforce_id('id') }} as opportunity_history_id,
        {{ normalise_salesforce_id('opportunity_id') }} as opportunity_id,
        stage_name,
        cast(amount as decimal(18, 2)) as amount,
        upper(currency_iso_code) as currency,
        close_date as close_on,
        cast(probability * 0.01 as decimal(9, 6)) as probability_rate,
        created_date as changed_at,
        coalesce(is_deleted, false) as is_deleted,
        _fivetran_synced as synced_at,
        system_modstamp
    from source

),

latest as (

    {{ dedupe_latest('renamed', ['opportunity_history_id'], ['synced_at', 'system_modstamp']) }}

),

final as (

    select
        opportunity_history_id,
        opportunity_id,
        stage_name,
        amount,
        currency,
        close_on,
        probability_rate,
        changed_at,
        is_deleted,
        synced_at
    from latest

)

select * from final
