-- A failing row is an invoice line whose service was over by the end of the last complete month and whose months do not
-- sum to what was billed for it less discount and less what credit notes took back, to the minor unit. Revenue was
-- invented or lost. Says nothing about lines that still run, and nothing about cash.
with lines as (

    select
        invoice_id,
        invoice_line_item_id,
        service_from_on,
        service_until_on,
        net_minor,
    from {{ ref('int_revenue__invoice_line') }}
    where service_until_on <= {{ add_months(last_complete_month(), 1) }}

),

credits as (

    select
        invoice_id,
        invoice_line_item_id,
        sum(net_minor) as credited_minor,
    from {{ ref('int_revenue__credit_line') }}
    where credited_month_on <= {{ last_complete_month() }}
    group by invoice_id, invoice_line_item_id

),

recognised as (

    select
        invoice_id,
        invoice_line_item_id,
        sum(revenue_minor) as revenue_minor,
    from {{ ref('int_revenue__recognised_line_month') }}
    group by invoice_id, invoice_line_item_id

)

select
    lines.invoice_id,
    lines.invoice_line_item_id,
    lines.service_from_on,
    lines.service_until_on,
    lines.net_minor,
    coalesce(credits.credited_minor, 0) as credited_minor,
    coalesce(recognised.revenue_minor, 0) as revenue_minor,
from lines
left join credits
    on lines.invoice_id = credits.invoice_id and lines.invoice_line_item_id = credits.invoice_line_item_id
left join recognised
    on
        lines.invoice_id = recognised.invoice_id
        and lines.invoice_line_item_id = recognised.invoice_line_item_id
where lines.net_minor - coalesce(credits.credited_minor, 0) != coalesce(recognised.revenue_minor, 0)
