with source as (

    {{ select_contract_columns('salesforce', 'opportunity') }}

),

final as (

    select
        id as opportunity_id,
        account_id,
        name as opportunity_name,
        stage_name,
        cast(amount as decimal(18, 2)) as amount,
        upper(currency_iso_code) as currency,
        cast(expected_revenue as decimal(18, 2)) as expected_revenue,
        cast(probability * 0.01 as decimal(9, 6)) as probability_rate,
        forecast_category,
        forecast_category_name,
        close_date as close_on,
        fiscal_year,
        fiscal_quarter,
        created_date as created_at,
        is_closed,
        is_won,
        coalesce(is_deleted, false) or not coalesce(_fivetran_active, true) as is_deleted,
        type as opportunity_type,
        owner_id as owner_user_id,
        lead_source,
        campaign_id,
        record_type_id,
        contract_id,
        synced_quote_id as quote_ref,
        nullif(trim(stripe_subscription_ref), '') as stripe_subscription_ref,
        has_opportunity_line_item,
        last_activity_date as last_activity_at,
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
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
