-- A failing row is an invoice whose lines do not carry, together and to the cent, what its header took off, so that
-- revenue no longer sums to what was invoiced. Invoices without any line that has an amount have nowhere to put a
-- discount and are left out.
{{ config(group="platform") }}
with allocated as (

    select
        invoice_id,
        sum(discount_minor) as allocated_minor,
    from {{ ref('int_revenue__invoice_line') }}
    group by invoice_id
    having sum(abs(amount_minor)) > 0

)

select
    allocated.invoice_id,
    allocated.allocated_minor,
    invoices.subtotal_minor + invoices.tax_minor - invoices.total_minor as discount_minor,
from allocated
inner join {{ ref('stg_stripe__invoice') }} as invoices on allocated.invoice_id = invoices.invoice_id
where allocated.allocated_minor is distinct from invoices.subtotal_minor + invoices.tax_minor - invoices.total_minor
