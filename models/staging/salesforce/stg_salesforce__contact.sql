with source as (

    {{ select_contract_columns('salesforce', 'contact') }}

),

renamed as (

    select
        {{ normalise_salesforce_id('id') }} as contact_id,
        {{ normalise_salesforce_id('account_id') }} as account_id,
        {{ hash_personal('email') }} as email_hash,
        {{ extract_email_domain('email') }} as email_domain,
        title,
        department,
        created_date as created_at,
        coalesce(is_deleted, false) as is_deleted,
        _fivetran_synced as synced_at
    from source

),

latest as (

    {{ dedupe_latest('renamed', ['contact_id'], ['synced_at']) }}

),

final as (

    select
        contact_id,
        account_id,
        email_hash,
        email_domain,
        title,
        department,
        created_at,
        is_deleted,
        synced_at
    from latest

)

select * from final
