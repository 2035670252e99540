with source as (

    {{ select_contract_columns('salesforce', 'lead') }}

),

final as (

    select
        id as lead_id,
        {{ hash_name_tokens('company') }} as name_tokens,
        {{ hash_personal('email') }} as email_hash,
        {{ extract_email_domain('email') }} as email_domain,
        industry,
        lead_source,
        status as lead_status,
        is_converted,
        converted_date as converted_on,
        converted_account_id,
        converted_opportunity_id,
        converted_contact_id,
        created_date as created_at,
        coalesce(is_deleted, false) as is_deleted,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
