with source as (

    {{ select_contract_columns('stripe', 'customer') }}

),

keyed as (

    select
        source.*,
        {{ extract_json_text('metadata', var('metadata_account_key')) }} as account_key
    from source

),

renamed as (

    select
        id as stripe_customer_id,
        {{ normalise_salesforce_id('account_key') }} as account_ref,
        name as customer_name,
        {{ hash_name_tokens('name') }} as name_tokens,
        {{ hash_personal('email') }} as email_hash,
        {{ extract_email_domain('email') }} as email_domain,
        upper(currency) as currency,
        created as created_at,
        coalesce(is_deleted, false) as is_deleted,
        _fivetran_synced as synced_at
    from keyed
    where coalesce(livemode, true)

),

latest as (

    {{ dedupe_latest('renamed', ['stripe_customer_id'], ['synced_at']) }}

),

final as (

    select
        stripe_customer_id,
        account_ref,
        customer_name,
        name_tokens,
        email_hash,
        email_domain,
        currency,
        created_at,
        is_deleted,
        synced_at
    from latest

)

select * from final
