with source as (

    {{ select_contract_columns('crosswalk', 'account_override') }}

),

final as (

    select
        account_id,
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

)

select * from final
