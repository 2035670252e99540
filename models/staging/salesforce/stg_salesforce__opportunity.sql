{#- Deal signals that companies keep in custom fields, with their contract types. -#}
{%- set signals = [
    ('discount_pct', 'num'),
    ('payment_terms_days', 'num'),
    ('contract_term_months', 'num'),
    ('customisation_requests', 'num'),
    ('implementation_promises', 'num'),
    ('services_amount', 'num'),
    ('success_criteria_documented', 'bool'),
    ('promised_onboarding_days', 'num'),
    ('competitor', 'str'),
    ('compliance_review', 'bool'),
    ('security_review', 'bool'),
    ('procurement_steps', 'num'),
    ('integration_count', 'num'),
    ('loss_reason', 'str'),
] -%}

with source as (

    {{ select_contract_columns(
        'salesforce', 'opportunity',
        list_field_map_columns(signals, 'salesforce', 'opportunity')
        + [('stripe_subscription_id_c', 'str'), ('stripe_subscription_id', 'str')]
    ) }}

),

renamed as (

    select
        {{ normalise_salesforce_id('id') }} as opportunity_id,
        {{ normalise_salesforce_id('account_id') }} as account_id,
        name as opportunity_name,
        stage_name,
        cast(amount as decimal(18, 2)) as amount,
        upper(currency_iso_code) as currency,
        cast(probability * 0.01 as decimal(9, 6)) as probability_rate,
        close_date as close_on,
        created_date as created_at,
        is_closed,
        is_won,
        coalesce(is_deleted, false) or not coalesce(_fivetran_active, true) as is_deleted,
        type as opportunity_type,
        {{ normalise_salesforce_id('owner_id') }} as owner_user_id,
        lead_source,
        {{ normalise_salesforce_id('campaign_id') }} as campaign_id,
        {{ normalise_salesforce_id('record_type_id') }} as record_type_id,
        {{ normalise_salesforce_id('contract_id') }} as contract_id,
        last_stage_change_date as last_stage_change_at,
        system_modstamp as modified_at,
        cast(discount_pct as decimal(18, 4)) as discount_pct,
        cast(payment_terms_days as decimal(18, 4)) as payment_terms_days,
        cast(contract_term_months as decimal(18, 4)) as contract_term_months,
        cast(customisation_requests as decimal(18, 4)) as customisation_requests,
        cast(implementation_promises as decimal(18, 4)) as implementation_promises,
        cast(services_amount as decimal(18, 2)) as services_amount,
        success_criteria_documented,
        cast(promised_onboarding_days as decimal(18, 4)) as promised_onboarding_days,
        competitor,
        compliance_review,
        security_review,
        cast(procurement_steps as decimal(18, 4)) as procurement_steps,
        cast(integration_count as decimal(18, 4)) as integration_count,
        loss_reason,
        coalesce(stripe_subscription_id_c, stripe_subscription_id) as stripe_subscription_ref,
        {{ normalise_salesforce_id('synced_quote_id') }} as quote_ref,
        _fivetran_synced as synced_at,
        cast(coalesce(_fivetran_active, true) as integer) as is_active_version
    from source

),

latest as (

    {{ dedupe_latest('renamed', ['opportunity_id'], ['is_active_version', 'synced_at', 'modified_at']) }}

),

final as (

    select
        opportunity_id,
        account_id,
        opportunity_name,
        stage_name,
        amount,
        currency,
        probability_rate,
        close_on,
        created_at,
        is_closed,
        is_won,
        is_deleted,
        opportunity_type,
        owner_user_id,
        lead_source,
        campaign_id,
        record_type_id,
        contract_id,
        last_stage_change_at,
        modified_at,
        discount_pct,
        payment_terms_days,
        contract_term_months,
        customisation_requests,
        implementation_promises,
        services_amount,
        success_criteria_documented,
        promised_onboarding_days,
        competitor,
        compliance_review,
        security_review,
        procurement_steps,
        integration_count,
        loss_reason,
        stripe_subscription_ref,
        quote_ref,
        synced_at
    from latest

)

select * from final
