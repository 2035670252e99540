-- A failing row is revenue in a month that the line's service does not touch, or a credit taken from revenue before it was
-- issued.
with revenue as (

    select * from {{ ref('fct_revenue_line_month') }}
    where earned_minor != 0 or earned_credit_minor != 0

),

first_credits as (

    select
        invoice_id,
        invoice_line_item_id,
        min(credited_month_on) as first_credited_month_on,
    from {{ ref('int_revenue__credit_line') }}
    group by invoice_id, invoice_line_item_id

)

select
    revenue.invoice_id,
    revenue.invoice_line_item_id,
    revenue.month_on,
    revenue.earned_minor,
    revenue.earned_credit_minor,
from revenue
inner join {{ ref('int_revenue__invoice_line') }} as lines
    on revenue.invoice_id = lines.invoice_id and revenue.invoice_line_item_id = lines.invoice_line_item_id
left join first_credits
    on
        revenue.invoice_id = first_credits.invoice_id
        and revenue.invoice_line_item_id = first_credits.invoice_line_item_id
where
    (
        revenue.earned_minor != 0
        and not (
            lines.service_from_on < {{ add_months('revenue.month_on', 1) }} and lines.service_until_on > revenue.month_on
        )
    )
    or (
        revenue.earned_credit_minor != 0
        and revenue.month_on < coalesce(first_credits.first_credited_month_on, date '9999-12-31')
    )
