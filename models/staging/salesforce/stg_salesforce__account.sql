with source as (

    {{ select_contract_columns('salesforce', 'account') }}

),

final as (

    select
        id as account_id,
        name as account_name,
        {{ hash_name_tokens('name') }} as name_tokens,
        owner_id as owner_user_id,
        parent_id as parent_account_id,
        master_record_id as master_account_id,
        type as account_type,
        record_type_id,
        industry,
        cast(annual_revenue as decimal(18, 2)) as annual_revenue,
        number_of_employees as employee_count,
        billing_country,
        upper(billing_country_code) as billing_country_code,
        website,
        account_source,
        upper(currency_iso_code) as currency,
        nullif(trim(stripe_customer_ref), '') as stripe_customer_ref,
        created_date as created_at,
        last_activity_date as last_activity_at,
        system_modstamp as modified_at,
        coalesce(is_deleted, false) or not coalesce(_fivetran_active, true) as is_deleted,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
