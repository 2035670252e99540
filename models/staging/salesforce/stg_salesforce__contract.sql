with source as (

    {{ select_contract_columns('salesforce', 'contract') }}

),

renamed as (

    select
        {{ normalise_salesforce_id('id') }} as contract_id,
        {{ normalise_salesforce_id('account_id') }} as account_id,
        status as contract_status,
        start_date as start_on,
        end_date as end_on,
        contract_term as term_months,
        activated_date as activated_at,
        coalesce(is_deleted, false) as is_deleted,
        _fivetran_synced as synced_at
    from source

),

latest as (

    {{ dedupe_latest('renamed', ['contract_id'], ['synced_at']) }}

),

final as (

    select
        contract_id,
        account_id,
        contract_status,
        start_on,
        end_on,
        term_months,
        activated_at,
        is_deleted,
        synced_at
    from latest

)

select * from final
