with source as (

    {{ select_contract_columns('salesforce', 'account', [('stripe_customer_id_c', 'str', 'stripe_customer_ref')]) }}

),

renamed as (

    select
        {{ normalise_salesforce_id('id') }} as account_id,
        name as account_name,
        {{ hash_name_tokens('name') }} as name_tokens,
        nullif(trim(stripe_customer_ref), '') as stripe_customer_ref,
        {{ normalise_salesforce_id('owner_id') }} as owner_user_id,
        {{ normalise_salesforce_id('parent_id') }} as parent_account_id,
        {{ normalise_salesforce_id('master_record_id') }} as master_account_id,
        type as account_type,
        industry,
        cast(annual_revenue as decimal(18, 2)) as annual_revenue,
        number_of_employees as employee_count,
        billing_country,
        website,
        account_source,
        created_date as created_at,
        system_modstamp as modified_at,
        coalesce(is_deleted, false) or not coalesce(_fivetran_active, true) as is_deleted,
        _fivetran_synced as synced_at,
        cast(coalesce(_fivetran_active, true) as integer) as is_active_version
    from source

),

latest as (

    {{ dedupe_latest('renamed', ['account_id'], ['is_active_version', 'synced_at', 'modified_at']) }}

),

final as (

    select
        account_id,
        account_name,
        name_tokens,
        stripe_customer_ref,
        owner_user_id,
        parent_account_id,
        master_account_id,
        account_type,
        industry,
        annual_revenue,
        employee_count,
        billing_country,
        website,
        account_source,
        created_at,
        modified_at,
        is_deleted,
        synced_at
    from latest

)

select * from final
