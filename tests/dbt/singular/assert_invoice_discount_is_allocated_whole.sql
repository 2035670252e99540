-- A failing row is an invoice whose lines do not carry, together and to the cent, what its header took off, so that
-- revenue no longer sums to what was invoiced. Invoices without any line that has an amount have nowhere to put a
-- discount and are left out. What a header puts on top of its lines is tax that the export does not state: of such an
-- invoice nothing was taken off.
{{ config(group="platform") }}
with allocated as (

    select
        invoice_id,
        sum(discount_minor) as allocated_minor,
    from {{ ref('int_revenue__invoice_line') }}
    group by invoice_id
    having sum(abs(amount_minor)) > 0

),

taken_off as (

    select
        invoice_id,
        case
            -- a discount brings the total nearer to nothing, tax takes it further away
            when
                abs(total_minor - tax_minor) > abs(subtotal_minor)
                and sign(total_minor - tax_minor) = case when subtotal_minor < 0 then -1 else 1 end
                then 0
            else subtotal_minor + tax_minor - total_minor
        end as discount_minor,
    from {{ ref('stg_stripe__invoice') }}

)

select
    allocated.invoice_id,
    allocated.allocated_minor,
    taken_off.discount_minor,
from allocated
inner join taken_off on allocated.invoice_id = taken_off.invoice_id
where allocated.allocated_minor is distinct from taken_off.discount_minor
