-- One row per open opportunity: what it is worth over the customer's life, in the reporting currency. The card formula
-- can be checked by hand; the expected ROI comes from 500 common draws, so its interval holds parameter uncertainty
-- only and not the luck of the single deal. Means may be summed over deals; quantiles and probabilities may not.
with roi as (

    select * from {{ ref('fct_opportunity_roi') }}

),

final as (

    select
        opportunity_id,
        as_of_date,
        deal_type,
        segment_id,
        term_type,
        arr_amount,
        win_probability,
        win_fallback_level,
        win_probability_13w,
        close_on_p10,
        close_on_p50,
        close_on_p90,
        slip_probability,
        hours_to_close,
        cost_to_close,
        onboarding_cost,
        cac_amount,
        roi_card_formula,
        card_acceleration_value,
        card_concession_loss,
        lifecycle_value_mean,
        roi_expected_mean,
        roi_expected_p05,
        roi_expected_p50,
        roi_expected_p95,
        p_expected_roi_negative,
        accelerate_roi_mean,
        p_accelerate_positive,
        contribution_12m_mean,
        contribution_12m_realised_p10,
        contribution_12m_realised_p90,
        contribution_12m_fallback_level,
        economics_status,
        n_observed,
        n_events,
        is_low_support,
        model_version,
    from roi

)

select * from final
