-- One row per customer and complete month since its deal closed, month 0 first and none left out: what was invoiced, recognised,
-- collected and spent on it in that month, what stood open at its end, and the running sums. Reporting-currency cents without tax
-- unless said. What happened before the closing month counts in month 0. Null is unknown, and so is every later running sum.
with customers as (

    select * from {{ ref('fct_cash_customer') }}
    where last_month_since_close >= 0

),

revenue_lines as (

    select * from {{ ref('fct_revenue_line_month') }}

),

receivables as (

    select * from {{ ref('fct_receivable_movement') }}
    where month_on <= {{ last_complete_month() }}

),

open_invoices as (

    select * from {{ ref('int_revenue__receivable_invoice_month') }}
    where closing_minor > 0

),

contra as (

    select * from {{ ref('int_revenue__contra_document') }}
    where month_on <= {{ last_complete_month() }}

),

margins as (

    select * from {{ ref('fct_margin_customer_month') }}

),

delivered_costs as (

    select
        coalesce(bool_or(is_support_known), false) as has_support,
        coalesce(bool_or(has_fees), false) as has_fees,
        coalesce(bool_or(has_onboarding), false) as has_onboarding,
    from margins

),

delivered_payments as (

    select count(*) filter (where movement = 'payment' and is_dated) > 0 as has_dated_payments
    from receivables

),

charges as (

    select count(*) > 0 as has_charges
    from {{ ref('stg_stripe__charge') }}

),

coverage as (

    select
        exists (select 1 from revenue_lines) as has_invoices,
        delivered_payments.has_dated_payments or charges.has_charges as has_payments,
        delivered_costs.has_support,
        delivered_costs.has_fees,
        delivered_costs.has_onboarding,
    from delivered_costs
    cross join delivered_payments
    cross join charges

),

flows as (

    select
        customer_id,
        month_on,
        billed_cents - credited_cents as invoiced_cents,
        recognised_cents,
        cast(0 as bigint) as collected_cents,
        cast(0 as bigint) as cost_cents,
        cast(0 as bigint) as paid_cents,
        cast(0 as hugeint) as paid_cent_days,
    from revenue_lines

    union all

    select
        customer_id,
        month_on,
        0 as invoiced_cents,
        0 as recognised_cents,
        -net_cents as collected_cents,
        0 as cost_cents,
        -amount_cents as paid_cents,
        cast(-amount_cents as hugeint) * greatest(days_since_billed, 0) as paid_cent_days,
    from receivables
    where movement = 'payment'

    union all

    -- what went back to the customer was not collected
    select
        customer_id,
        month_on,
        0 as invoiced_cents,
        0 as recognised_cents,
        -cash_net_cents as collected_cents,
        0 as cost_cents,
        0 as paid_cents,
        0 as paid_cent_days,
    from contra

    union all

    -- a cost that nobody delivers is left out and said to be; one that is unknown for this customer leaves its margin unknown
    select
        margins.customer_id,
        margins.month_on,
        0 as invoiced_cents,
        0 as recognised_cents,
        0 as collected_cents,
        case
            when
                margins.is_margin_known and margins.is_other_cost_known
                and (margins.is_support_known or not coverage.has_support)
                then
                    margins.cost_of_service_cents + margins.payment_fees_cents + margins.onboarding_cents
                    + case when coverage.has_support then margins.support_cents else 0 end
        end as cost_cents,
        0 as paid_cents,
        0 as paid_cent_days,
    from margins
    cross join coverage

),

placed as (

    select
        flows.*,
        greatest({{ months_between('customers.close_month_on', 'flows.month_on') }}, 0) as month_since_close,
    from flows
    inner join customers on flows.customer_id = customers.customer_id

),

{%- set measures = ['invoiced_cents', 'recognised_cents', 'collected_cents', 'cost_cents', 'paid_cents', 'paid_cent_days'] %}

summed as (

    select
        customer_id,
        month_since_close,
        {% for measure in measures -%}
            case when count(*) = count({{ measure }}) then sum({{ measure }}) end as {{ measure }},
        {% endfor -%}
    from placed
    group by customer_id, month_since_close

),

open_at_end as (

    select
        customer_id,
        month_on,
        case when count(*) = count(closing_cents) then sum(closing_cents) end as receivable_cents,
        case when count(*) = count(closing_cents) then sum(cast(closing_cents as hugeint) * days_since_billed) end
            as receivable_cent_days,
    from open_invoices
    group by customer_id, month_on

),

spine as (

    select
        customers.customer_id,
        customers.segment_id,
        customers.close_month_on,
        cast(offsets.range as integer) as month_since_close,
        {{ add_months('customers.close_month_on', 'offsets.range') }} as month_on,
    from customers
    inner join range(0, 1200) as offsets -- noqa: AL05
        on customers.last_month_since_close >= offsets.range

),

filled as (

    select
        spine.customer_id,
        spine.segment_id,
        spine.month_since_close,
        spine.month_on,
        {% for measure in measures -%}
            case when summed.customer_id is null then 0 else summed.{{ measure }} end as {{ measure }},
        {% endfor -%}
        case when open_at_end.customer_id is null then 0 else open_at_end.receivable_cents end as receivable_cents,
        case when open_at_end.customer_id is null then 0 else open_at_end.receivable_cent_days end as receivable_cent_days,
        coverage.has_invoices,
        coverage.has_payments,
        coverage.has_support,
        coverage.has_fees,
        coverage.has_onboarding,
    from spine
    cross join coverage
    left join summed
        on spine.customer_id = summed.customer_id and spine.month_since_close = summed.month_since_close
    left join open_at_end
        on spine.customer_id = open_at_end.customer_id and spine.month_on = open_at_end.month_on

),

known as (

    select
        *,
        case when has_invoices then invoiced_cents end as known_invoiced_cents,
        case when has_invoices then recognised_cents end as known_recognised_cents,
        case when has_payments then collected_cents end as known_collected_cents,
        case when has_payments and has_invoices then collected_cents - cost_cents end as known_collected_margin_cents,
    from filled

),

final as (

    select
        customer_id,
        segment_id,
        month_since_close,
        month_on,
        {% for measure in ['invoiced', 'recognised', 'collected', 'collected_margin'] -%}
            cast(known_{{ measure }}_cents as bigint) as {{ measure }}_cents,
        {% endfor -%}
        {% for measure in ['invoiced', 'recognised', 'collected', 'collected_margin'] -%}
            cast(
                case
                    when
                        count(known_{{ measure }}_cents) over (partition by customer_id order by month_since_close)
                        = month_since_close + 1
                        then sum(known_{{ measure }}_cents) over (partition by customer_id order by month_since_close)
                end as bigint
            ) as cumulative_{{ measure }}_cents,
        {% endfor -%}
        cast(case when has_payments then paid_cents end as bigint) as paid_cents,
        cast(case when has_payments then paid_cent_days end as decimal(38, 0)) as paid_cent_days,
        cast(case when has_payments and has_invoices then receivable_cents end as bigint) as receivable_cents,
        cast(case when has_payments and has_invoices then receivable_cent_days end as decimal(38, 0)) as receivable_cent_days,
        concat_ws(
            ', ',
            case when not has_support then 'support' end,
            case when not has_fees then 'payment_fees' end,
            case when not has_onboarding then 'onboarding' end
        ) as costs_left_out,
    from known

)

select * from final
