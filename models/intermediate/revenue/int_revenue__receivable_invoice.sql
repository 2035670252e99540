-- One row per invoice that stood as a bill on the as-of day: what its header, its credit notes and its charges say about what
-- is open, in minor units of its currency. The header shows the present, so the amounts here are undated; the dates come with
-- the movements (fct_receivable_movement).
with invoices as (

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
    from {{ ref('int_revenue__invoice_line') }}
    group by invoice_id

),

-- all that stand today, later ones too, because the header has them as well
notes as (

    select
        invoice_id,
        currency,
        sum(total_minor) as notes_minor,
    from {{ ref('stg_stripe__credit_note') }}
    where credit_note_type = 'pre_payment' and credit_note_status != 'void'
    group by invoice_id, currency

),

charges as (

    select
        invoice_id,
        currency,
        sum(amount_minor) as charged_minor,
    from {{ ref('int_revenue__cash_charge') }}
    where invoice_id is not null
    group by invoice_id, currency

),

stated as (

    select
        invoices.*,
        coalesce(line_sums.net_minor, 0) as lines_net_minor,
        coalesce(notes.notes_minor, 0) as notes_minor,
        coalesce(charges.charged_minor, 0) as charged_minor,
        coalesce(invoices.pre_payment_credit_notes_minor, notes.notes_minor, 0) as header_notes_minor,
        coalesce(
            invoices.amount_paid_minor,
            case when invoices.status = 'paid' then invoices.amount_due_minor end,
            invoices.amount_due_minor - invoices.amount_remaining_minor,
            0
        ) as stated_paid_minor,
    from invoices
    left join line_sums on invoices.invoice_id = line_sums.invoice_id
    left join notes on invoices.invoice_id = notes.invoice_id and invoices.currency = notes.currency
    left join charges on invoices.invoice_id = charges.invoice_id and invoices.currency = charges.currency

),

balanced as (

    select
        *,
        total_minor - header_notes_minor - amount_due_minor as header_balance_minor,
        greatest(notes_minor - header_notes_minor, 0) as notes_unstated_minor,
    from stated

),

final as (

    select
        balanced.invoice_id,
        balanced.stripe_customer_id,
        coalesce(crosswalk.account_id, 'stripe:' || balanced.stripe_customer_id) as customer_id,
        balanced.currency,
        balanced.status,
        coalesce(balanced.finalized_at, balanced.created_at) as billed_at,
        cast(coalesce(balanced.finalized_at, balanced.created_at) as date) as billed_on,
        balanced.total_minor,
        -- what a bill asks beyond its lines is tax, stated or not
        cast(
            case
                when balanced.lines_net_minor > 0 then greatest(balanced.total_minor - balanced.lines_net_minor, 0)
                else balanced.tax_minor
            end as bigint
        ) as tax_minor,
        balanced.amount_due_minor,
        -- notes that the header does not state are looked for in what it leaves to the customer balance first
        cast(
            balanced.header_balance_minor
            - least(greatest(balanced.header_balance_minor, 0), balanced.notes_unstated_minor) as bigint
        ) as customer_balance_minor,
        cast(greatest(balanced.header_notes_minor - balanced.notes_minor, 0) as bigint) as notes_undelivered_minor,
        cast(
            balanced.notes_unstated_minor
            - least(greatest(balanced.header_balance_minor, 0), balanced.notes_unstated_minor) as bigint
        ) as notes_beyond_minor,
        balanced.stated_paid_minor,
        cast(greatest(balanced.stated_paid_minor - balanced.charged_minor, 0) as bigint) as paid_otherwise_minor,
        cast(greatest(balanced.charged_minor - balanced.stated_paid_minor, 0) as bigint) as charged_beyond_minor,
        -- without a date of its own a payment was known when its row was written, at the latest
        balanced.paid_at is not null as is_payment_dated,
        greatest(coalesce(balanced.paid_at, balanced.synced_at), coalesce(balanced.finalized_at, balanced.created_at))
            as paid_at,
        -- uncollectible until it was paid after all, or voided
        case
            when balanced.status = 'uncollectible' then coalesce(balanced.marked_uncollectible_at, balanced.synced_at)
            when balanced.status = 'paid' and not {{ was_known('balanced.paid_at') }} then balanced.marked_uncollectible_at
            when balanced.status = 'void' then balanced.marked_uncollectible_at
        end as written_off_at,
        balanced.marked_uncollectible_at is not null as is_write_off_dated,
        coalesce(balanced.amount_remaining_minor, balanced.amount_due_minor - balanced.stated_paid_minor)
            as stated_open_minor,
    from balanced
    left join crosswalk on balanced.stripe_customer_id = crosswalk.source_id

)

select * from final
