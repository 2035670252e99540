-- One row per invoice whose movements leave something else open than its header states, with every part of the difference by
-- its own definition, minor units. What the parts do not explain stands in unexplained_minor, and a test wants it to be zero.
with invoices as (

    select * from {{ ref('int_revenue__receivable_invoice') }}

),

moved as (

    select
        invoice_id,
        sum(amount_minor) as open_minor,
        sum(case when movement = 'write_off' then amount_minor else 0 end) as written_off_minor,
    from {{ ref('fct_receivable_movement') }}
    group by invoice_id

),

-- credit notes that the header has today and the as-of day did not
later_notes as (

    select
        invoice_id,
        currency,
        sum(total_minor) as later_notes_minor,
    from {{ ref('stg_stripe__credit_note') }}
    where
        credit_note_type = 'pre_payment' and credit_note_status != 'void'
        and not {{ was_known('created_at') }}
    group by invoice_id, currency

),

-- and those that stood then and were voided since
dropped_notes as (

    select
        invoice_id,
        currency,
        sum(total_minor) as dropped_notes_minor,
    from {{ ref('stg_stripe__credit_note') }}
    where
        credit_note_type = 'pre_payment' and credit_note_status = 'void'
        and {{ was_known('created_at') }} and not {{ was_known('coalesce(voided_at, created_at)') }}
    group by invoice_id, currency

),

later_charges as (

    select
        invoice_id,
        currency,
        sum(amount_minor) as later_charged_minor,
    from {{ ref('int_revenue__cash_charge') }}
    where not {{ was_known('charged_at') }}
    group by invoice_id, currency

),

parts as (

    select
        invoices.*,
        moved.open_minor,
        moved.open_minor - invoices.stated_open_minor as difference_minor,
        moved.written_off_minor,
        coalesce(later_charges.later_charged_minor, 0)
        + case when {{ was_known('invoices.paid_at') }} then 0 else invoices.paid_otherwise_minor end as later_payments_minor,
        coalesce(later_notes.later_notes_minor, 0) - coalesce(dropped_notes.dropped_notes_minor, 0) as later_notes_minor,
        -invoices.notes_beyond_minor as notes_unstated_minor,
        -invoices.charged_beyond_minor as charges_unstated_minor,
        case
            when invoices.status = 'void'
                then invoices.amount_due_minor - invoices.stated_paid_minor - invoices.stated_open_minor
            else 0
        end as voided_later_minor,
        case
            when invoices.status != 'void'
                then invoices.amount_due_minor - invoices.stated_paid_minor - invoices.stated_open_minor
            else 0
        end as header_gap_minor,
    from invoices
    inner join moved on invoices.invoice_id = moved.invoice_id
    left join later_notes on invoices.invoice_id = later_notes.invoice_id and invoices.currency = later_notes.currency
    left join dropped_notes
        on invoices.invoice_id = dropped_notes.invoice_id and invoices.currency = dropped_notes.currency
    left join later_charges
        on invoices.invoice_id = later_charges.invoice_id and invoices.currency = later_charges.currency

),

final as (

    select
        invoice_id,
        customer_id,
        currency,
        status,
        billed_on,
        cast(open_minor as bigint) as open_minor,
        cast(stated_open_minor as bigint) as stated_open_minor,
        cast(difference_minor as bigint) as difference_minor,
        cast(written_off_minor as bigint) as written_off_minor,
        cast(later_payments_minor as bigint) as later_payments_minor,
        cast(later_notes_minor as bigint) as later_notes_minor,
        cast(voided_later_minor as bigint) as voided_later_minor,
        cast(notes_unstated_minor as bigint) as notes_unstated_minor,
        cast(charges_unstated_minor as bigint) as charges_unstated_minor,
        cast(header_gap_minor as bigint) as header_gap_minor,
        cast(
            difference_minor - written_off_minor - later_payments_minor - later_notes_minor - voided_later_minor
            - notes_unstated_minor - charges_unstated_minor - header_gap_minor as bigint
        ) as unexplained_minor,
    from parts
    where difference_minor != 0

)

select * from final
