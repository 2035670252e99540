-- One row per billing currency and complete month: from what was invoiced to what was credited, deferred, recognised, to
-- MRR and to margin. Minor units of the billing currency, cents in the reporting currency. The sides of a residual come
-- from sources of their own (headers and lines, flows and service dates, reasons and MRR) wherever there are two.
with months as (

    select
        currency,
        month_on,
    from {{ ref('int_revenue__deferred_month') }}

    union

    select
        currency,
        month_on,
    from {{ ref('int_revenue__customer_currency_month') }}

    union

    select
        currency,
        billed_month_on as month_on,
    from {{ ref('fct_invoice') }}
    where billed_month_on <= {{ last_complete_month() }}

    union

    select
        currency,
        credited_month_on as month_on,
    from {{ ref('int_revenue__credit_note') }}
    where credited_month_on <= {{ last_complete_month() }}

    union

    select
        currency,
        month_on,
    from {{ ref('int_revenue__receivable_month') }}

    union

    select
        currency,
        month_on,
    from {{ ref('int_revenue__contra_revenue') }}
    where month_on <= {{ last_complete_month() }}

),

billed as (

    select
        currency,
        billed_month_on as month_on,
        count(*) as n_invoices,
        sum(total_minor) as invoiced_minor,
        sum(tax_minor + unstated_tax_minor) as tax_minor,
        sum(line_minor) as line_minor,
        sum(lines_off_minor) as lines_off_minor,
        sum(discount_minor) as discount_minor,
        sum(unplaced_discount_minor) as unplaced_discount_minor,
    from {{ ref('fct_invoice') }}
    group by currency, billed_month_on

),

credited as (

    select
        currency,
        credited_month_on as month_on,
        count(*) as n_credit_notes,
        sum(total_minor) as credit_note_minor,
        sum(tax_minor) as credit_tax_minor,
        sum(excess_minor) as credit_excess_minor,
    from {{ ref('int_revenue__credit_note') }}
    group by currency, credited_month_on

),

deferred as (

    select * from {{ ref('int_revenue__deferred_month') }}

),

-- movements carry the sign of what they do to the sum of open invoices
receivable as (

    select
        currency,
        month_on,
        opening_minor as opening_receivable_minor,
        invoiced_minor as receivable_invoiced_minor,
        customer_balance_minor as receivable_balance_minor,
        credit_note_minor as receivable_credit_note_minor,
        payment_minor as receivable_payment_minor,
        write_off_minor as receivable_write_off_minor,
        closing_minor as closing_receivable_minor,
    from {{ ref('int_revenue__receivable_month') }}

),

receivable_fx as (

    select
        currency,
        month_on,
        closing_cents as closing_receivable_cents,
        fx_realised_cents as receivable_fx_realised_cents,
        fx_unrealised_cents as receivable_fx_unrealised_cents,
    from {{ ref('int_revenue__receivable_month') }}

),

deferred_fx as (

    select
        currency,
        month_on,
        fx_difference_cents as deferred_fx_cents,
    from {{ ref('int_revenue__deferred_month') }}

),

given_back as (

    select
        currency,
        month_on,
        coalesce(sum(net_minor) filter (where document_type = 'refund'), 0) as refund_minor,
        coalesce(sum(net_minor) filter (where document_type = 'dispute'), 0) as dispute_minor,
        bool_and(net_cents is not null) as has_fx_rate,
        sum(net_cents) as given_back_cents,
    from {{ ref('int_revenue__contra_revenue') }}
    where month_on <= {{ last_complete_month() }}
    group by currency, month_on

),

margin_lines as (

    select
        currency,
        month_on,
        sum(amount_cents) as margin_line_cents,
    from {{ ref('fct_margin_line') }}
    where component in ('recognised', 'credit_note', 'cost_of_service', 'refund', 'dispute')
    group by currency, month_on

),

recognised as (

    select
        currency,
        month_on,
        sum(billed_minor) as billed_net_minor,
        sum(credited_minor) as credited_net_minor,
        sum(earned_minor) as earned_minor,
        sum(earned_credit_minor) as earned_credit_minor,
        sum(recognised_minor) as recognised_minor,
        bool_and(recognised_cents is not null) as has_fx_rate,
        sum(recognised_cents) as recognised_cents,
        sum(gross_margin_cents) as gross_margin_cents,
        sum(cost_of_service_cents) as cost_of_service_cents,
        sum(recognised_cents) filter (where gross_margin_cents is null) as margin_unknown_cents,
    from {{ ref('fct_revenue_line_month') }}
    group by currency, month_on

),

to_mrr as (

    select
        currency,
        month_on,
        {% for reason in ['credit_notes', 'one_off', 'usage', 'service_ended_in_month', 'part_of_month',
                          'price_given_back', 'calendar_days', 'unexplained'] -%}
            coalesce(sum(amount_minor) filter (where reason = '{{ reason }}'), 0) as {{ reason }}_minor,
        {% endfor %}
    from {{ ref('int_revenue__recognised_to_mrr') }}
    group by currency, month_on

),

policies as (

    select
        currency,
        month_on,
        sum(case policy when '{{ var("mrr_policy") }}' then mrr_minor else 0 end)
        - sum(case policy when 'invoiced' then mrr_minor else 0 end) as policy_difference_minor,
    from {{ ref('int_revenue__mrr_item_month') }}
    group by currency, month_on

),

mrr as (

    select
        currency,
        month_on,
        sum(mrr_minor) as mrr_minor,
    from {{ ref('int_revenue__customer_currency_month') }}
    group by currency, month_on

),

filled as (

    select
        months.currency,
        months.month_on,
        coalesce(recognised.has_fx_rate, true) as has_fx_rate,
        {% for relation, measures in {
            'billed': [
                'n_invoices', 'invoiced_minor', 'tax_minor', 'line_minor', 'lines_off_minor', 'discount_minor',
                'unplaced_discount_minor'
            ],
            'credited': ['n_credit_notes', 'credit_note_minor', 'credit_tax_minor', 'credit_excess_minor'],
            'deferred': [
                'opening_deferred_minor', 'opening_unbilled_minor', 'closing_deferred_minor', 'closing_unbilled_minor'
            ],
            'receivable': [
                'opening_receivable_minor', 'receivable_invoiced_minor', 'receivable_balance_minor',
                'receivable_credit_note_minor', 'receivable_payment_minor', 'receivable_write_off_minor',
                'closing_receivable_minor'
            ],
            'recognised': [
                'billed_net_minor', 'credited_net_minor', 'earned_minor', 'earned_credit_minor', 'recognised_minor'
            ],
            'to_mrr': [
                'credit_notes_minor', 'one_off_minor', 'usage_minor', 'service_ended_in_month_minor',
                'part_of_month_minor', 'price_given_back_minor', 'calendar_days_minor', 'unexplained_minor'
            ],
            'given_back': ['refund_minor', 'dispute_minor'],
            'policies': ['policy_difference_minor'],
            'mrr': ['mrr_minor'],
        }.items() -%}
            {% for measure in measures -%}
                cast(coalesce({{ relation }}.{{ measure }}, 0) as bigint) as {{ measure }},
            {% endfor %}
        {%- endfor %}
        {% for measure in ['recognised', 'gross_margin', 'cost_of_service', 'margin_unknown'] -%}
            case when coalesce(recognised.has_fx_rate, true) then cast(coalesce(recognised.{{ measure }}_cents, 0) as bigint) end
                as {{ measure }}_cents,
        {% endfor %}
        case when coalesce(given_back.has_fx_rate, true) then cast(coalesce(given_back.given_back_cents, 0) as bigint) end
            as given_back_cents,
        cast(coalesce(margin_lines.margin_line_cents, 0) as bigint) as margin_line_cents,
        {% for relation, measure in [
            ('receivable_fx', 'closing_receivable'), ('receivable_fx', 'receivable_fx_realised'),
            ('receivable_fx', 'receivable_fx_unrealised'), ('deferred_fx', 'deferred_fx')
        ] -%}
            -- a month without a row has no balance, and a row without a rate is unknown
            case when {{ relation }}.currency is null then 0 else {{ relation }}.{{ measure }}_cents end as {{ measure }}_cents,
        {% endfor %}
    from months
    {% for relation in ['billed', 'credited', 'receivable', 'deferred', 'recognised', 'to_mrr', 'policies', 'mrr', 'given_back',
                        'margin_lines', 'receivable_fx', 'deferred_fx'] -%}
        left join {{ relation }} on months.currency = {{ relation }}.currency and months.month_on = {{ relation }}.month_on
    {% endfor %}

),

final as (

    select
        *,
        invoiced_minor - tax_minor - lines_off_minor + unplaced_discount_minor + discount_minor - line_minor
            as residual_billing_minor,
        credit_note_minor - credit_tax_minor - credit_excess_minor - credited_net_minor as residual_credit_minor,
        line_minor - discount_minor - billed_net_minor as residual_line_minor,
        invoiced_minor - receivable_invoiced_minor as residual_invoiced_minor,
        opening_receivable_minor + receivable_invoiced_minor + receivable_balance_minor + receivable_credit_note_minor
        + receivable_payment_minor + receivable_write_off_minor - closing_receivable_minor as residual_receivable_minor,
        opening_deferred_minor - opening_unbilled_minor + billed_net_minor - credited_net_minor - recognised_minor
        - closing_deferred_minor + closing_unbilled_minor as residual_deferred_minor,
        recognised_minor + credit_notes_minor + one_off_minor + usage_minor + service_ended_in_month_minor
        + part_of_month_minor + price_given_back_minor + calendar_days_minor + unexplained_minor + policy_difference_minor
        - mrr_minor as residual_mrr_minor,
        recognised_cents - cost_of_service_cents - margin_unknown_cents - gross_margin_cents as residual_margin_cents,
        -- what stands in the margin marts, document by document
        gross_margin_cents + margin_unknown_cents - given_back_cents as margin_after_given_back_cents,
        gross_margin_cents + margin_unknown_cents - given_back_cents - margin_line_cents as residual_margin_line_cents,
    from filled

)

select * from final
