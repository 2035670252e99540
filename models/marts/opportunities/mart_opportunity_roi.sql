-- One row per open opportunity: what it is worth over the customer's life, in the reporting currency. The card formula
-- can be checked by hand; the expected ROI comes from 500 common draws, so its interval holds parameter uncertainty only; the
-- realised ROI holds the luck of the single deal too. Means may be summed over deals; quantiles and probabilities may not, and
-- a portfolio has its own in mart_portfolio_roi.
with roi as (

    select * from {{ ref('fct_opportunity_roi') }}

),

cash as (

    select * from {{ ref('fct_opportunity_cash') }}

),

final as (

    select
        roi.opportunity_id,
        roi.as_of_date,
        roi.deal_type,
        roi.segment_id,
        roi.term_type,
        roi.start_age_months,
        roi.arr_amount,
        roi.win_probability,
        roi.win_fallback_level,
        roi.win_probability_13w,
        roi.close_on_p10,
        roi.close_on_p50,
        roi.close_on_p90,
        roi.slip_probability,
        roi.hours_to_close,
        roi.cost_to_close,
        roi.onboarding_cost,
        roi.cac_amount,
        roi.gross_margin_rate,
        roi.annual_support_cost,
        roi.life_years,
        roi.renewal_rate,
        roi.roi_card_formula,
        roi.card_acceleration_value,
        roi.card_concession_loss,
        roi.lifecycle_value_mean,
        roi.roi_expected_mean,
        roi.roi_expected_p05,
        roi.roi_expected_p50,
        roi.roi_expected_p95,
        roi.p_expected_roi_negative,
        roi.roi_realised_p10,
        roi.roi_realised_p50,
        roi.roi_realised_p90,
        roi.p_realised_loss,
        roi.roi_reported_mean,
        roi.roi_reported_p05,
        roi.roi_reported_p95,
        roi.accelerate_roi_mean,
        roi.p_accelerate_positive,
        roi.value_per_hour,
        cash.cash_1m,
        cash.cash_3m,
        cash.cash_6m,
        cash.cash_12m,
        cash.cash_24m,
        cash.payback_month,
        cash.cash_status,
        roi.contribution_12m_mean,
        roi.contribution_12m_realised_p10,
        roi.contribution_12m_realised_p90,
        roi.contribution_12m_fallback_level,
        roi.economics_status,
        roi.n_observed,
        roi.n_events,
        roi.is_low_support,
        roi.model_version,
    from roi
    left join cash on roi.opportunity_id = cash.opportunity_id

)

select * from final
