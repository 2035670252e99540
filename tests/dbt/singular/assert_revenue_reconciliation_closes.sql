-- A failing row is a month and currency in which two sources of finance disagree by a minor unit or more: bills against
-- lines, open invoices against bills and payments,
-- credit notes against what they took back, deferred revenue against service dates, recognised revenue against MRR
-- with all its reasons, revenue against cost and margin.
select *
from {{ ref('fct_revenue_reconciliation') }}
where
    residual_billing_minor != 0
    or residual_line_minor != 0
    or residual_invoiced_minor != 0
    or residual_receivable_minor != 0
    or residual_credit_minor != 0
    or residual_deferred_minor != 0
    or residual_mrr_minor != 0
    or residual_margin_cents != 0
    or residual_margin_line_cents != 0
    -- an unknown residual is none that is zero; only the rate may be missing
    or (residual_margin_cents is null and has_fx_rate)
