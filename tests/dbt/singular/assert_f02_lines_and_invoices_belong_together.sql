-- A failing row is a revenue line without its bill, or a bill whose lines do not sum to its net amount. A bill without any
-- line is sound here only as long as it brings no revenue.
with lines as (

    select
        invoice_id,
        count(*) as n_lines,
        sum(net_minor) as net_minor,
    from {{ ref('int_revenue__invoice_line') }}
    group by invoice_id

)

select
    coalesce(lines.invoice_id, invoices.invoice_id) as invoice_id,
    lines.n_lines as lines_found,
    invoices.n_lines as lines_counted,
    lines.net_minor as line_net_minor,
    invoices.net_minor as invoice_net_minor,
from lines
full outer join {{ ref('fct_invoice') }} as invoices on lines.invoice_id = invoices.invoice_id
where
    invoices.invoice_id is null
    or coalesce(lines.n_lines, 0) != invoices.n_lines
    or coalesce(lines.net_minor, 0) != invoices.net_minor
