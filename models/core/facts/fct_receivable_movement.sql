-- One row per document that changes what is open on an invoice (by invoice, movement, document and day), up to the as-of day.
-- Signed so that the sum per invoice is what is open: a bill adds, credits, payments and write-offs take away. Amounts in minor
-- units of the invoice currency, and in reporting-currency cents at the rate of the month, rounded once per row.
with invoices as (

    select * from {{ ref('int_revenue__receivable_invoice') }}

),

charges as (

    select * from {{ ref('int_revenue__cash_charge') }}
    where {{ was_known('charged_at') }}

),

credit_notes as (

    select * from {{ ref('int_revenue__credit_note') }}
    where credit_note_type = 'pre_payment'

),

rates as (

    select * from {{ ref('int_revenue__cash_rate_month') }}

),

moved as (

    select
        invoice_id,
        'invoiced' as movement,
        'invoice' as source_table,
        invoice_id as source_id,
        billed_on as movement_on,
        true as is_dated,
        total_minor as amount_minor,
    from invoices

    union all

    select
        invoice_id,
        'customer_balance' as movement,
        'invoice' as source_table,
        invoice_id as source_id,
        billed_on as movement_on,
        true as is_dated,
        -customer_balance_minor as amount_minor,
    from invoices
    where customer_balance_minor != 0

    union all

    select
        credit_notes.invoice_id,
        'credit_note' as movement,
        'credit_note' as source_table,
        credit_notes.credit_note_id as source_id,
        credit_notes.credited_on as movement_on,
        true as is_dated,
        -credit_notes.total_minor as amount_minor,
    from credit_notes
    inner join invoices
        on credit_notes.invoice_id = invoices.invoice_id and credit_notes.currency = invoices.currency

    union all

    -- the header knows of credit notes that were not delivered; nobody says when they were issued
    select
        invoice_id,
        'credit_note' as movement,
        'invoice' as source_table,
        invoice_id as source_id,
        billed_on as movement_on,
        false as is_dated,
        -notes_undelivered_minor as amount_minor,
    from invoices
    where notes_undelivered_minor != 0

    union all

    select
        charges.invoice_id,
        'payment' as movement,
        'charge' as source_table,
        charges.charge_id as source_id,
        charges.charged_on as movement_on,
        true as is_dated,
        -charges.amount_minor as amount_minor,
    from charges
    inner join invoices on charges.invoice_id = invoices.invoice_id and charges.currency = invoices.currency

    union all

    -- paid by transfer, or by a charge that leads to no invoice
    select
        invoice_id,
        'payment' as movement,
        'invoice' as source_table,
        invoice_id as source_id,
        cast(paid_at as date) as movement_on,
        is_payment_dated as is_dated,
        -paid_otherwise_minor as amount_minor,
    from invoices
    where paid_otherwise_minor != 0 and {{ was_known('paid_at') }}

),

-- Everything open on the day of the mark is written off then; what moves later while the mark stands is taken back or written
-- off with it on its own day, so that an uncollectible invoice stays at zero.
written_off as (

    select
        invoices.invoice_id,
        'write_off' as movement,
        'invoice' as source_table,
        invoices.invoice_id as source_id,
        greatest(moved.movement_on, cast(invoices.written_off_at as date)) as movement_on,
        invoices.is_write_off_dated as is_dated,
        -sum(moved.amount_minor) as amount_minor,
    from invoices
    inner join moved on invoices.invoice_id = moved.invoice_id
    where {{ was_known('invoices.written_off_at') }}
    group by
        invoices.invoice_id,
        greatest(moved.movement_on, cast(invoices.written_off_at as date)),
        invoices.is_write_off_dated
    having sum(moved.amount_minor) != 0

),

unioned as (

    select * from moved
    union all
    select * from written_off

),

-- How far each kind of movement has used up the bill, in the direction in which it does: the tax goes with it in step.
weighted as (

    select
        unioned.*,
        invoices.stripe_customer_id,
        invoices.customer_id,
        invoices.currency,
        invoices.billed_on,
        invoices.tax_minor as invoice_tax_minor,
        abs(invoices.total_minor) as weight_total,
        case when unioned.movement = 'invoiced' then 1 else -1 end * sign(invoices.total_minor) as direction,
        sum(unioned.amount_minor) over (
            partition by unioned.invoice_id, unioned.movement
            order by unioned.movement_on, unioned.source_table, unioned.source_id
            rows between unbounded preceding and current row
        ) as amount_until,
    from unioned
    inner join invoices on unioned.invoice_id = invoices.invoice_id

),

clamped as (

    select
        *,
        least(greatest(direction * (amount_until - amount_minor), 0), weight_total) as weight_before,
        least(greatest(direction * amount_until, 0), weight_total) as weight_until,
    from weighted

),

taxed as (

    select
        *,
        case when movement = 'invoiced' then 1 else -1 end
        * coalesce({{ allocate_cumulative('invoice_tax_minor', 'weight_before', 'weight_until', 'weight_total') }}, 0)
            as tax_minor,
    from clamped

),

final as (

    select
        taxed.invoice_id,
        taxed.movement,
        taxed.source_table,
        taxed.source_id,
        taxed.movement_on,
        {{ month_start('taxed.movement_on') }} as month_on,
        taxed.customer_id,
        taxed.stripe_customer_id,
        taxed.currency,
        taxed.billed_on,
        {{ days_between('taxed.billed_on', 'taxed.movement_on') }} as days_since_billed,
        taxed.is_dated,
        cast(taxed.amount_minor as bigint) as amount_minor,
        cast(taxed.tax_minor as bigint) as tax_minor,
        cast(taxed.amount_minor - taxed.tax_minor as bigint) as net_minor,
        rates.rate_to_reporting is not null as has_fx_rate,
        case when taxed.amount_minor = 0 then 0 else {{ convert_minor_units(
            'taxed.amount_minor', 'rates.exponent', 'rates.rate_to_reporting', 'rates.reporting_exponent'
        ) }} end as amount_cents,
        case when taxed.amount_minor = taxed.tax_minor then 0 else {{ convert_minor_units(
            'taxed.amount_minor - taxed.tax_minor', 'rates.exponent', 'rates.rate_to_reporting', 'rates.reporting_exponent'
        ) }} end as net_cents,
    from taxed
    left join rates
        on taxed.currency = rates.currency and {{ month_start('taxed.movement_on') }} = rates.month_on

)

select * from final
