with source as (

    {{ select_contract_columns('zendesk', 'user') }}

),

renamed as (

    select
        id as zendesk_user_id,
        role as user_role,
        organization_id,
        {{ normalise_salesforce_id('external_id') }} as external_id,
        {{ hash_personal('email') }} as email_hash,
        {{ extract_email_domain('email') }} as email_domain,
        active as is_active,
        coalesce(_fivetran_deleted, false) as is_deleted,
        created_at,
        _fivetran_synced as synced_at,
        updated_at
    from source

),

latest as (

    {{ dedupe_latest('renamed', ['zendesk_user_id'], ['synced_at', 'updated_at']) }}

),

final as (

    select
        zendesk_user_id,
        user_role,
        organization_id,
        external_id,
        email_hash,
        email_domain,
        is_active,
        is_deleted,
        created_at,
        synced_at
    from latest

)

select * from final
