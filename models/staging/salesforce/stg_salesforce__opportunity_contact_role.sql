with source as (

    {{ select_contract_columns('salesforce', 'opportunity_contact_role') }}

),

renamed as (

    select
        {{ normalise_salesforce_id('id') }} as contact_role_id,
        {{ normalise_salesforce_id('opportunity_id') }} as opportunity_id,
        {{ normalise_salesforce_id('contact_id') }} as contact_id,
        role as contact_role,
        is_primary,
        created_date as created_at,
        coalesce(is_deleted, false) as is_deleted,
        _fivetran_synced as synced_at,
        coalesce(system_modstamp, last_modified_date) as modified_at
    from source

),

latest as (

    {{ dedupe_latest('renamed', ['contact_role_id'], ['synced_at', 'modified_at']) }}

),

final as (

    select
        contact_role_id,
        opportunity_id,
        contact_id,
        contact_role,
        is_primary,
        created_at,
        is_deleted,
        modified_at,
        synced_at
    from latest

)

select * from final
