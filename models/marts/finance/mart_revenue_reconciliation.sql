-- One row per billing currency and complete month: the way from invoices to margin, each difference an item of its own.
with reconciliation as (

    select * from {{ ref('fct_revenue_reconciliation') }}

),

currencies as (

    select * from {{ ref('dim_currency') }}

),

reporting as (

    select exponent from currencies
    where is_reporting_currency

),

final as (

    select
        reconciliation.currency,
        reconciliation.month_on,
        reconciliation.has_fx_rate,
        cast(reconciliation.n_invoices as bigint) as n_invoices,
        {{ convert_to_major_units('reconciliation.invoiced_minor', 'currencies.exponent') }}
            as invoiced_amount,
        {{ convert_to_major_units('reconciliation.tax_minor', 'currencies.exponent') }}
            as tax_amount,
        {{ convert_to_major_units('reconciliation.lines_off_minor', 'currencies.exponent') }}
            as lines_off_amount,
        {{ convert_to_major_units('reconciliation.unplaced_discount_minor', 'currencies.exponent') }}
            as unplaced_discount_amount,
        {{ convert_to_major_units('reconciliation.line_minor', 'currencies.exponent') }}
            as line_amount,
        {{ convert_to_major_units('reconciliation.discount_minor', 'currencies.exponent') }}
            as discount_amount,
        {{ convert_to_major_units('reconciliation.residual_billing_minor', 'currencies.exponent') }}
            as residual_billing_amount,
        {{ convert_to_major_units('reconciliation.billed_net_minor', 'currencies.exponent') }}
            as billed_net_amount,
        {{ convert_to_major_units('reconciliation.residual_line_minor', 'currencies.exponent') }}
            as residual_line_amount,
        {{ convert_to_major_units('reconciliation.opening_receivable_minor', 'currencies.exponent') }}
            as opening_receivable_amount,
        {{ convert_to_major_units('reconciliation.receivable_invoiced_minor', 'currencies.exponent') }}
            as receivable_invoiced_amount,
        {{ convert_to_major_units('reconciliation.receivable_balance_minor', 'currencies.exponent') }}
            as receivable_balance_amount,
        {{ convert_to_major_units('reconciliation.receivable_credit_note_minor', 'currencies.exponent') }}
            as receivable_credit_note_amount,
        {{ convert_to_major_units('reconciliation.receivable_payment_minor', 'currencies.exponent') }}
            as receivable_payment_amount,
        {{ convert_to_major_units('reconciliation.receivable_write_off_minor', 'currencies.exponent') }}
            as receivable_write_off_amount,
        {{ convert_to_major_units('reconciliation.closing_receivable_minor', 'currencies.exponent') }}
            as closing_receivable_amount,
        {{ convert_to_major_units('reconciliation.residual_invoiced_minor', 'currencies.exponent') }}
            as residual_invoiced_amount,
        {{ convert_to_major_units('reconciliation.residual_receivable_minor', 'currencies.exponent') }}
            as residual_receivable_amount,
        cast(reconciliation.n_credit_notes as bigint) as n_credit_notes,
        {{ convert_to_major_units('reconciliation.credit_note_minor', 'currencies.exponent') }}
            as credit_note_amount,
        {{ convert_to_major_units('reconciliation.credit_tax_minor', 'currencies.exponent') }}
            as credit_tax_amount,
        {{ convert_to_major_units('reconciliation.credit_excess_minor', 'currencies.exponent') }}
            as credit_excess_amount,
        {{ convert_to_major_units('reconciliation.credited_net_minor', 'currencies.exponent') }}
            as credited_net_amount,
        {{ convert_to_major_units('reconciliation.residual_credit_minor', 'currencies.exponent') }}
            as residual_credit_amount,
        {{ convert_to_major_units('reconciliation.opening_deferred_minor', 'currencies.exponent') }}
            as opening_deferred_amount,
        {{ convert_to_major_units('reconciliation.opening_unbilled_minor', 'currencies.exponent') }}
            as opening_unbilled_amount,
        {{ convert_to_major_units('reconciliation.earned_minor', 'currencies.exponent') }}
            as earned_amount,
        {{ convert_to_major_units('reconciliation.earned_credit_minor', 'currencies.exponent') }}
            as earned_credit_amount,
        {{ convert_to_major_units('reconciliation.recognised_minor', 'currencies.exponent') }}
            as recognised_amount,
        {{ convert_to_major_units('reconciliation.closing_deferred_minor', 'currencies.exponent') }}
            as closing_deferred_amount,
        {{ convert_to_major_units('reconciliation.closing_unbilled_minor', 'currencies.exponent') }}
            as closing_unbilled_amount,
        {{ convert_to_major_units('reconciliation.residual_deferred_minor', 'currencies.exponent') }}
            as residual_deferred_amount,
        {{ convert_to_major_units('reconciliation.credit_notes_minor', 'currencies.exponent') }}
            as to_mrr_credit_notes_amount,
        {{ convert_to_major_units('reconciliation.one_off_minor', 'currencies.exponent') }}
            as to_mrr_one_off_amount,
        {{ convert_to_major_units('reconciliation.usage_minor', 'currencies.exponent') }}
            as to_mrr_usage_amount,
        {{ convert_to_major_units('reconciliation.service_ended_in_month_minor', 'currencies.exponent') }}
            as to_mrr_service_ended_in_month_amount,
        {{ convert_to_major_units('reconciliation.part_of_month_minor', 'currencies.exponent') }}
            as to_mrr_part_of_month_amount,
        {{ convert_to_major_units('reconciliation.price_given_back_minor', 'currencies.exponent') }}
            as to_mrr_price_given_back_amount,
        {{ convert_to_major_units('reconciliation.calendar_days_minor', 'currencies.exponent') }}
            as to_mrr_calendar_days_amount,
        {{ convert_to_major_units('reconciliation.unexplained_minor', 'currencies.exponent') }}
            as to_mrr_unexplained_amount,
        {{ convert_to_major_units('reconciliation.policy_difference_minor', 'currencies.exponent') }}
            as to_mrr_policy_difference_amount,
        {{ convert_to_major_units('reconciliation.mrr_minor', 'currencies.exponent') }}
            as mrr_amount,
        {{ convert_to_major_units('reconciliation.residual_mrr_minor', 'currencies.exponent') }}
            as residual_mrr_amount,
        {{ convert_to_major_units('reconciliation.recognised_cents', 'reporting.exponent') }}
            as recognised_reporting_amount,
        {{ convert_to_major_units('reconciliation.cost_of_service_cents', 'reporting.exponent') }}
            as cost_of_service_reporting_amount,
        {{ convert_to_major_units('reconciliation.margin_unknown_cents', 'reporting.exponent') }}
            as margin_unknown_reporting_amount,
        {{ convert_to_major_units('reconciliation.gross_margin_cents', 'reporting.exponent') }}
            as gross_margin_reporting_amount,
        {{ convert_to_major_units('reconciliation.refund_minor', 'currencies.exponent') }}
            as refund_amount,
        {{ convert_to_major_units('reconciliation.dispute_minor', 'currencies.exponent') }}
            as dispute_amount,
        {{ convert_to_major_units('reconciliation.given_back_cents', 'reporting.exponent') }}
            as given_back_reporting_amount,
        {{ convert_to_major_units('reconciliation.margin_after_given_back_cents', 'reporting.exponent') }}
            as margin_after_given_back_reporting_amount,
        {{ convert_to_major_units('reconciliation.margin_line_cents', 'reporting.exponent') }}
            as margin_line_reporting_amount,
        {{ convert_to_major_units('reconciliation.residual_margin_line_cents', 'reporting.exponent') }}
            as residual_margin_line_reporting_amount,
        {{ convert_to_major_units('reconciliation.closing_receivable_cents', 'reporting.exponent') }}
            as closing_receivable_reporting_amount,
        {{ convert_to_major_units('reconciliation.receivable_fx_realised_cents', 'reporting.exponent') }}
            as receivable_fx_realised_reporting_amount,
        {{ convert_to_major_units('reconciliation.receivable_fx_unrealised_cents', 'reporting.exponent') }}
            as receivable_fx_unrealised_reporting_amount,
        {{ convert_to_major_units('reconciliation.deferred_fx_cents', 'reporting.exponent') }}
            as deferred_fx_reporting_amount,
        {{ convert_to_major_units('reconciliation.residual_margin_cents', 'reporting.exponent') }}
            as residual_margin_reporting_amount,
    from reconciliation
    inner join currencies on reconciliation.currency = currencies.currency
    cross join reporting

)

select * from final
