-- A failing row is a line and month at whose end more was earned and credited of a billed line than was billed: deferred
-- revenue of the wrong sign. What is earned before its bill is unbilled revenue and stands apart.
with running as (

    select
        revenue.invoice_id,
        revenue.invoice_line_item_id,
        revenue.month_on,
        lines.net_minor,
        lines.billed_month_on,
        sum(revenue.billed_minor - revenue.credited_minor - revenue.recognised_minor) over (
            partition by revenue.invoice_id, revenue.invoice_line_item_id order by revenue.month_on
            rows between unbounded preceding and current row
        ) as balance_minor,
    from {{ ref('fct_revenue_line_month') }} as revenue
    inner join {{ ref('int_revenue__invoice_line') }} as lines
        on revenue.invoice_id = lines.invoice_id and revenue.invoice_line_item_id = lines.invoice_line_item_id

)

select * from running
where month_on >= billed_month_on and sign(balance_minor) not in (0, sign(net_minor))
