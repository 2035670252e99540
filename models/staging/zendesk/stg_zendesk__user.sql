with source as (

    {{ select_contract_columns('zendesk', 'user') }}

),

final as (

    select
        {{ scope_id('id') }} as zendesk_user_id,
        role as user_role,
        {{ scope_id('organization_id') }} as organization_id,
        -- other systems' ids may be addresses or names; only an id of the CRM is read
        case when regexp_full_match(external_id, '00[0-9A-Za-z]{13}([0-9A-Za-z]{3})?') then external_id end as external_id,
        {{ hash_personal('email') }} as email_hash,
        {{ extract_email_domain('email') }} as email_domain,
        active as is_active,
        suspended as is_suspended,
        coalesce(_fivetran_deleted, false) as is_deleted,
        created_at,
        updated_at,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
