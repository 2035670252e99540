-- One row per invoice line and complete month in which it was billed, credited or earned. Amounts in minor units of the
-- billing currency, and in reporting-currency cents at the rate of the month, rounded once per row. Additive over rows
-- within one currency. Null cents: no rate. Null margin: no stated margin for the price's product.
with lines as (

    select * from {{ ref('int_revenue__invoice_line') }}

),

credits as (

    select * from {{ ref('int_revenue__credit_line') }}

),

recognised as (

    select * from {{ ref('int_revenue__recognised_line_month') }}

),

rates as (

    select * from {{ ref('int_revenue__fx_rate_month') }}

),

currencies as (

    select * from {{ ref('int_revenue__currency') }}

),

margins as (

    select * from {{ ref('int_revenue__price_margin') }}

),

reporting as (

    select exponent from currencies
    where is_reporting_currency

),

flows as (

    select
        invoice_id,
        invoice_line_item_id,
        billed_month_on as month_on,
        net_minor as billed_minor,
        0 as credited_minor,
        0 as earned_minor,
        0 as earned_credit_minor,
    from lines

    union all

    select
        invoice_id,
        invoice_line_item_id,
        credited_month_on as month_on,
        0 as billed_minor,
        net_minor as credited_minor,
        0 as earned_minor,
        0 as earned_credit_minor,
    from credits

    union all

    select
        invoice_id,
        invoice_line_item_id,
        month_on,
        0 as billed_minor,
        0 as credited_minor,
        earned_minor,
        earned_credit_minor,
    from recognised

),

summed as (

    select
        invoice_id,
        invoice_line_item_id,
        month_on,
        cast(sum(billed_minor) as bigint) as billed_minor,
        cast(sum(credited_minor) as bigint) as credited_minor,
        cast(sum(earned_minor) as bigint) as earned_minor,
        cast(sum(earned_credit_minor) as bigint) as earned_credit_minor,
    from flows
    where month_on <= {{ last_complete_month() }}
    group by invoice_id, invoice_line_item_id, month_on

),

converted as (

    select
        summed.*,
        lines.stripe_customer_id,
        lines.customer_id,
        lines.subscription_id,
        lines.price_id,
        lines.currency,
        lines.is_proration,
        rates.rate_to_reporting is not null as has_fx_rate,
        margins.gross_margin_rate,
        {% for measure in ['billed', 'credited', 'earned', 'earned_credit'] -%}
            -- nothing is nothing in every currency
            case when summed.{{ measure }}_minor = 0 then 0 else {{ convert_minor_units(
                'summed.' ~ measure ~ '_minor', 'currencies.exponent', 'rates.rate_to_reporting', 'reporting.exponent'
            ) }} end as {{ measure }}_cents,
        {% endfor %}
    from summed
    inner join lines
        on summed.invoice_id = lines.invoice_id and summed.invoice_line_item_id = lines.invoice_line_item_id
    inner join currencies on lines.currency = currencies.currency
    cross join reporting
    left join rates on lines.currency = rates.currency and summed.month_on = rates.month_on
    left join margins
        on
            lines.price_id = margins.price_id
            -- the rate in force on the last day holds for the month
            and {{ add_months('summed.month_on', 1) }} - 1 between margins.valid_from_on and margins.valid_to_on

),

costed as (

    select
        *,
        earned_cents - earned_credit_cents as recognised_cents,
        cast(
            round((earned_cents - earned_credit_cents) * cast(gross_margin_rate as decimal(9, 6)), 0) as bigint
        ) as gross_margin_cents,
    from converted

),

final as (

    select
        invoice_id,
        invoice_line_item_id,
        month_on,
        customer_id,
        stripe_customer_id,
        subscription_id,
        price_id,
        currency,
        is_proration,
        billed_minor,
        credited_minor,
        earned_minor,
        earned_credit_minor,
        earned_minor - earned_credit_minor as recognised_minor,
        has_fx_rate,
        cast(billed_cents as bigint) as billed_cents,
        cast(credited_cents as bigint) as credited_cents,
        cast(earned_cents as bigint) as earned_cents,
        cast(earned_credit_cents as bigint) as earned_credit_cents,
        cast(recognised_cents as bigint) as recognised_cents,
        gross_margin_rate,
        gross_margin_cents,
        cast(recognised_cents - gross_margin_cents as bigint) as cost_of_service_cents,
    from costed

)

select * from final
