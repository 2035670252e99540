-- One row per refund without a credit note, or lost dispute, up to the as-of day: what it takes back of revenue, without tax.
-- Total is tax, net and excess; excess went back without ever having been revenue (beyond the bill, or of a bill that does not
-- stand). The part of a refund that a credit note states is left to the credit note.
with documents as (

    select * from {{ ref('int_revenue__contra_document') }}

),

final as (

    select
        document_type,
        document_id,
        charge_id,
        invoice_id,
        stripe_customer_id,
        customer_id,
        currency,
        documented_on,
        month_on,
        placement,
        total_minor,
        tax_minor,
        net_minor,
        excess_minor,
        has_fx_rate,
        cast(net_cents as bigint) as net_cents,
    from documents
    where total_minor != 0

)

select * from final
