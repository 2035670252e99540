-- One row per credit note that stood on the as-of day: what of it takes back tax, what takes back lines of its invoice, and
-- what goes beyond the invoice. Credit notes of one invoice are taken in the order of their issue.
with credit_notes as (

    select * from {{ ref('stg_stripe__credit_note') }}
    where
        {{ was_known('created_at') }}
        and not (credit_note_status = 'void' and {{ was_known('coalesce(voided_at, created_at)') }})

),

invoices as (

    select bills.* from {{ ref('stg_stripe__invoice') }} as bills
    where {{ was_billed('bills') }}

),

crosswalk as (

    select * from {{ ref('int_identity__crosswalk') }}
    where source_system = 'stripe'

),

line_sums as (

    select
        invoice_id,
        sum(net_minor) as net_minor,
        sum(greatest(net_minor, 0)) as creditable_minor,
    from {{ ref('int_revenue__invoice_line') }}
    group by invoice_id

),

-- What a bill asks beyond its lines is tax, stated or not.
billed as (

    select
        invoices.invoice_id,
        invoices.stripe_customer_id,
        invoices.currency,
        greatest(least(coalesce(line_sums.net_minor, 0), coalesce(line_sums.creditable_minor, 0)), 0) as net_minor,
        greatest(invoices.total_minor - greatest(coalesce(line_sums.net_minor, 0), 0), 0) as tax_minor,
    from invoices
    left join line_sums on invoices.invoice_id = line_sums.invoice_id

),

joined as (

    select
        credit_notes.*,
        billed.stripe_customer_id,
        case
            when credit_notes.total_minor < 0 then 'below_zero'
            when billed.invoice_id is null then 'invoice_not_billed'
            when billed.currency != credit_notes.currency then 'other_currency'
            else 'placed'
        end as fit,
        coalesce(billed.net_minor, 0) as invoice_net_minor,
        case when coalesce(billed.net_minor, 0) > 0 then billed.tax_minor else 0 end as invoice_tax_minor,
        greatest(credit_notes.total_minor, 0) as creditable_minor,
        sum(greatest(credit_notes.total_minor, 0)) over (
            partition by credit_notes.invoice_id, billed.currency is not distinct from credit_notes.currency
            order by credit_notes.created_at, credit_notes.credit_note_id
            rows between unbounded preceding and current row
        ) as credited_until,
    from credit_notes
    left join billed on credit_notes.invoice_id = billed.invoice_id

),

capped as (

    select
        *,
        invoice_net_minor + invoice_tax_minor as invoice_total_minor,
        case when fit = 'placed' then least(credited_until - creditable_minor, invoice_net_minor + invoice_tax_minor) else 0 end
            as placed_before,
        case when fit = 'placed' then least(credited_until, invoice_net_minor + invoice_tax_minor) else 0 end
            as placed_until,
    from joined

),

taxed as (

    select
        *,
        coalesce(
            {{ allocate_cumulative('invoice_tax_minor', 'placed_before', 'placed_until', 'invoice_total_minor') }}, 0
        ) as tax_minor,
    from capped

),

final as (

    select
        taxed.credit_note_id,
        taxed.invoice_id,
        coalesce(crosswalk.account_id, 'stripe:' || taxed.stripe_customer_id) as customer_id,
        taxed.stripe_customer_id,
        taxed.currency,
        cast(taxed.created_at as date) as credited_on,
        {{ month_start('taxed.created_at') }} as credited_month_on,
        taxed.credit_note_type,
        taxed.refund_id,
        taxed.reason,
        taxed.total_minor,
        taxed.tax_minor,
        cast(taxed.placed_until - taxed.placed_before - taxed.tax_minor as bigint) as net_minor,
        cast(taxed.total_minor - (taxed.placed_until - taxed.placed_before) as bigint) as excess_minor,
        case
            when taxed.fit != 'placed' then taxed.fit
            when taxed.total_minor > taxed.placed_until - taxed.placed_before then 'beyond_invoice'
            else 'placed'
        end as credit_fate,
        taxed.created_at,
    from taxed
    left join crosswalk on taxed.stripe_customer_id = crosswalk.source_id

)

select * from final
