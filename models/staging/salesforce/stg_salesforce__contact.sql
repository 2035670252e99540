with source as (

    {{ select_contract_columns('salesforce', 'contact') }}

),

final as (

    select
        id as contact_id,
        account_id,
        {{ hash_personal('email') }} as email_hash,
        {{ extract_email_domain('email') }} as email_domain,
        title,
        department,
        reports_to_id as reports_to_contact_id,
        master_record_id as master_contact_id,
        lead_source,
        created_date as created_at,
        coalesce(is_deleted, false) as is_deleted,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
