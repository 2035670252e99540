-- A failing row is a month of a currency in which opening plus invoiced, customer balance, credit notes, payments and write-offs
-- is not closing, in minor units or (with the exchange differences) in cents; in which opening is not the closing before; or in
-- which closing is not the sum of what single invoices leave open. Does not claim that headers agree: that is the other test.
{{ config(group="platform") }}
with months as (

    select
        *,
        lag(closing_minor) over (partition by currency order by month_on) as previous_closing_minor,
        lag(closing_cents) over (partition by currency order by month_on) as previous_closing_cents,
    from {{ ref('int_revenue__receivable_month') }}

),

open_invoices as (

    select
        months.currency,
        months.month_on,
        sum(movements.amount_minor) as open_minor,
    from months
    inner join {{ ref('fct_receivable_movement') }} as movements
        on months.currency = movements.currency and months.month_on >= movements.month_on
    group by months.currency, months.month_on

)

select
    months.currency,
    months.month_on,
    months.opening_minor,
    months.closing_minor,
    months.previous_closing_minor,
    open_invoices.open_minor,
    months.opening_cents,
    months.closing_cents,
from months
left join open_invoices on months.currency = open_invoices.currency and months.month_on = open_invoices.month_on
where
    months.opening_minor + months.invoiced_minor + months.customer_balance_minor + months.credit_note_minor
    + months.payment_minor + months.write_off_minor != months.closing_minor
    or months.opening_cents + months.invoiced_cents + months.customer_balance_cents + months.credit_note_cents
    + months.payment_cents + months.write_off_cents + months.fx_realised_cents + months.fx_unrealised_cents
    != months.closing_cents
    or months.opening_minor != coalesce(months.previous_closing_minor, 0)
    or months.opening_cents != coalesce(months.previous_closing_cents, months.opening_cents)
    or months.closing_minor != coalesce(open_invoices.open_minor, 0)
