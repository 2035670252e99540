with source as (

    {{ select_contract_columns('stripe', 'customer') }}

),

keyed as (

    select
        *,
        {{ extract_json_text('metadata', var('metadata_account_key')) }} as account_key
    from source

),

final as (

    select
        id as stripe_customer_id,
        {{ normalise_salesforce_id('account_key') }} as account_ref,
        {{ hash_name_tokens('name') }} as name_tokens,
        {{ hash_personal('email') }} as email_hash,
        {{ extract_email_domain('email') }} as email_domain,
        upper(address_country) as address_country,
        upper(currency) as currency,
        balance as balance_minor,
        delinquent as is_delinquent,
        created as created_at,
        coalesce(is_deleted, false) as is_deleted,
        source_relation,
        _fivetran_synced as synced_at
    from keyed

)

select * from final
