-- A failing row is a line and month whose cents are not its minor units at the rate of the month, rounded once; or a month
-- whose balance moved by more than its flows and the difference of rates that stands by itself.
with rates as (

    select * from {{ ref('int_revenue__fx_rate_month') }}

),

currencies as (

    select * from {{ ref('int_revenue__currency') }}

),

reporting as (

    select exponent from currencies
    where is_reporting_currency

),

compared as (

    select
        revenue.invoice_id,
        revenue.invoice_line_item_id,
        revenue.month_on,
        revenue.recognised_cents,
        case when revenue.earned_minor = 0 then 0 else {{ convert_minor_units(
            'revenue.earned_minor', 'currencies.exponent', 'rates.rate_to_reporting', 'reporting.exponent'
        ) }} end
        - case when revenue.earned_credit_minor = 0 then 0 else {{ convert_minor_units(
            'revenue.earned_credit_minor', 'currencies.exponent', 'rates.rate_to_reporting', 'reporting.exponent'
        ) }} end as expected_cents,
    from {{ ref('fct_revenue_line_month') }} as revenue
    inner join currencies on revenue.currency = currencies.currency
    cross join reporting
    left join rates on revenue.currency = rates.currency and revenue.month_on = rates.month_on

)

select
    invoice_id,
    invoice_line_item_id,
    month_on,
    recognised_cents,
    expected_cents,
from compared
where recognised_cents is distinct from expected_cents

union all

select
    currency as invoice_id,
    'deferred balance' as invoice_line_item_id,
    month_on,
    closing_cents as recognised_cents,
    opening_cents + billed_cents - credited_cents - recognised_cents as expected_cents,
from {{ ref('int_revenue__deferred_month') }}
where
    currency = '{{ var("reporting_currency") }}'
    -- without a rate in between there is no difference of rates, and rounding is none
    and fx_difference_cents != 0
