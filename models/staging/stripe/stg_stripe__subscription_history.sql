with source as (

    {{ select_contract_columns('stripe', 'subscription_history') }}

),

keyed as (

    select
        *,
        -- without history mode a subscription has one version, valid since it was created
        coalesce(_fivetran_start, created) as valid_from_at,
        {{ extract_json_text('metadata', var('metadata_account_key')) }} as account_key,
        {{ extract_json_text('metadata', var('metadata_opportunity_key')) }} as opportunity_key,
        coalesce(
            {{ extract_json_text('metadata', 'contract_term_months') }},
            {{ extract_json_text('metadata', 'term_months') }}
        ) as term_months
    from source

),

final as (

    select
        id as subscription_id,
        valid_from_at,
        coalesce(
            _fivetran_active,
            row_number() over (partition by id order by valid_from_at desc) = 1
        ) as is_current,
        customer_id as stripe_customer_id,
        status,
        created as created_at,
        coalesce(start_date, created) as started_at,
        coalesce(cancel_at_period_end, false) as cancel_at_period_end,
        cancel_at,
        canceled_at,
        ended_at,
        cancellation_reason,
        cancellation_feedback,
        trial_start as trial_start_at,
        trial_end as trial_end_at,
        current_period_start as current_period_start_at,
        current_period_end as current_period_end_at,
        billing,
        days_until_due,
        latest_invoice_id,
        quantity,
        pause_collection_behavior,
        {{ normalise_salesforce_id('account_key') }} as account_ref,
        {{ normalise_salesforce_id('opportunity_key') }} as opportunity_ref,
        try_cast(term_months as integer) as term_months_ref,
        source_relation,
        _fivetran_synced as synced_at
    from keyed

)

select * from final
