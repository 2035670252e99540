-- A failing row means that MRR appeared or went without a movement: opening + new + expansion - contraction - churn +
-- reactivation is not closing, for a customer, currency and month, or in the reporting currency with the effect of the rate
-- beside them. Segments and totals are sums of these rows, and a customer never changes its segment. Reporting amounts are
-- compared where rates are known.
select
    customer_id,
    currency,
    month_on,
    opening_amount,
    closing_amount,
    reporting_opening_amount,
    reporting_closing_amount,
from {{ ref('mart_mrr_movement_month') }}
where
    opening_amount + new_amount + expansion_amount - contraction_amount - churn_amount + reactivation_amount
    != closing_amount
    or (
        has_fx_rate
        and coalesce(
            reporting_opening_amount + reporting_new_amount + reporting_expansion_amount - reporting_contraction_amount
            - reporting_churn_amount + reporting_reactivation_amount + fx_amount
            != reporting_closing_amount,
            true
        )
    )
