with source as (

    {{ select_contract_columns('stripe', 'invoice') }}

),

keyed as (

    select
        *,
        {{ extract_json_text('metadata', var('metadata_account_key')) }} as account_key,
        {{ extract_json_text('metadata', var('metadata_opportunity_key')) }} as opportunity_key,
        coalesce(
            {{ extract_json_text('metadata', 'quote_number') }},
            {{ extract_json_text('metadata', 'quote_id') }},
            {{ extract_json_text('metadata', 'salesforce_quote_id') }}
        ) as quote_key
    from source

),

final as (

    select
        id as invoice_id,
        number as invoice_number,
        customer_id as stripe_customer_id,
        subscription_id,
        charge_id,
        {{ normalise_salesforce_id('account_key') }} as account_ref,
        {{ normalise_salesforce_id('opportunity_key') }} as opportunity_ref,
        {{ normalise_salesforce_id('quote_key') }} as quote_ref,
        status,
        billing_reason,
        upper(currency) as currency,
        subtotal as subtotal_minor,
        total as total_minor,
        -- since its interface of March 2025 Stripe states the total without tax and no longer the tax
        coalesce(tax, total - total_excluding_tax, 0) as tax_minor,
        amount_due as amount_due_minor,
        amount_paid as amount_paid_minor,
        amount_remaining as amount_remaining_minor,
        pre_payment_credit_notes_amount as pre_payment_credit_notes_minor,
        post_payment_credit_notes_amount as post_payment_credit_notes_minor,
        period_start as period_start_at,
        period_end as period_end_at,
        created as created_at,
        status_transitions_finalized_at as finalized_at,
        status_transitions_paid_at as paid_at,
        status_transitions_voided_at as voided_at,
        status_transitions_marked_uncollectible_at as marked_uncollectible_at,
        due_date as due_at,
        coalesce(is_deleted, false) as is_deleted,
        source_relation,
        _fivetran_synced as synced_at
    from keyed

)

select * from final
