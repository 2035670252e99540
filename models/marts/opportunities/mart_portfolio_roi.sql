-- One row per scope and what it names: expected and realised ROI of the open deals together, in the reporting currency, summed
-- within each draw. Means may be added over the values of one scope; quantiles and probabilities may not, nor any over scopes.
with portfolio as (

    select * from {{ ref('fct_portfolio_roi') }}

),

final as (

    select
        scope,
        scope_value,
        as_of_date,
        n_deals,
        n_deals_unknown,
        n_deals_support_unknown,
        roi_expected_mean,
        roi_expected_p05,
        roi_expected_p50,
        roi_expected_p95,
        p_expected_roi_negative,
        roi_realised_p10,
        roi_realised_p50,
        roi_realised_p90,
        p_realised_loss,
    from portfolio

)

select * from final
