with source as (

    {{ select_contract_columns('stripe', 'invoice') }}

),

renamed as (

    select
        id as invoice_id,
        customer_id as stripe_customer_id,
        subscription_id,
        status,
        upper(currency) as currency,
        subtotal as subtotal_minor,
        total as total_minor,
        coalesce(tax, 0) as tax_minor,
        amount_due as amount_due_minor,
        amount_paid as amount_paid_minor,
        created as created_at,
        status_transitions_finalized_at as finalized_at,
        status_transitions_paid_at as paid_at,
        status_transitions_voided_at as voided_at,
        status_transitions_marked_uncollectible_at as marked_uncollectible_at,
        due_date as due_at,
        coalesce(is_deleted, false) as is_deleted,
        coalesce(
            {{ extract_json_text('metadata', 'quote_number') }},
            {{ extract_json_text('metadata', 'quote_id') }},
            {{ extract_json_text('metadata', 'salesforce_quote_id') }}
        ) as quote_ref,
        _fivetran_synced as synced_at
    from source
    where coalesce(livemode, true)

),

latest as (

    {{ dedupe_latest('renamed', ['invoice_id'], ['synced_at']) }}

),

final as (

    select
        invoice_id,
        stripe_customer_id,
        subscription_id,
        status,
        currency,
        subtotal_minor,
        total_minor,
        tax_minor,
        amount_due_minor,
        amount_paid_minor,
        created_at,
        finalized_at,
        paid_at,
        voided_at,
        marked_uncollectible_at,
        due_at,
        is_deleted,
        quote_ref,
        synced_at
    from latest

)

select * from final
