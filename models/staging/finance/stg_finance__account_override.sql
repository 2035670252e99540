with source as (

    {{ select_contract_columns('crosswalk', 'account_override', [('_fivetran_synced', 'ts')]) }}

),

renamed as (

    select
        {{ normalise_salesforce_id('account_id') }} as account_id,
        lower(source_system) as source_system,
        -- a support id of 15 digits would be taken for a CRM id
        case
            when lower(source_system) in ('stripe', 'zendesk', 'zendesk_user') then nullif(trim(source_id), '')
            else {{ normalise_salesforce_id('source_id') }}
        end as source_id,
        valid_from as valid_from_on,
        valid_to as valid_to_on,
        reason,
        _fivetran_synced as synced_at
    from source

),

latest as (

    {{ dedupe_latest('renamed', ['source_system', 'source_id', 'valid_from_on'], ['synced_at']) }}

),

final as (

    select
        account_id,
        source_system,
        source_id,
        valid_from_on,
        valid_to_on,
        reason,
        synced_at
    from latest

)

select * from final
