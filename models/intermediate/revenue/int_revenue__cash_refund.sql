-- One row per refund that was not refused, those after the as-of day included: the charge and the invoice it gives back, whose
-- it is, and how much of it a credit note of the same invoice states already.
with refunds as (

    select * from {{ ref('stg_stripe__refund') }}
    -- one that waits for the customer to act has not moved any money; a pending one has, as far as the bank lets it
    where coalesce(refund_status, 'succeeded') not in ('failed', 'canceled', 'requires_action')

),

charges as (

    select * from {{ ref('int_revenue__cash_charge') }}

),

invoices as (

    select * from {{ ref('stg_stripe__invoice') }}

),

notes as (

    select * from {{ ref('int_revenue__credit_note') }}

),

crosswalk as (

    select * from {{ ref('int_identity__crosswalk') }}
    where source_system = 'stripe'

),

charges_of_intents as (

    select
        payment_intent_id,
        min(charge_id) as charge_id,
    from charges
    where payment_intent_id is not null
    group by payment_intent_id
    having count(*) = 1

),

notes_naming as (

    select
        refund_id,
        min(invoice_id) as invoice_id,
        min(credit_note_id) as credit_note_id,
        sum(greatest(total_minor, 0)) as noted_minor,
    from notes
    where refund_id is not null
    group by refund_id

),

placed as (

    select
        refunds.*,
        coalesce(charges.charge_id, refunds.charge_id) as paid_charge_id,
        coalesce(charges.invoice_id, notes_naming.invoice_id) as invoice_id,
        coalesce(refunds.stripe_customer_id, charges.stripe_customer_id, invoices.stripe_customer_id)
            as paid_stripe_customer_id,
        notes_naming.credit_note_id as naming_note_id,
        coalesce(least(notes_naming.noted_minor, refunds.amount_minor), 0) as named_minor,
        row_number() over (
            partition by
                coalesce(charges.invoice_id, notes_naming.invoice_id), refunds.currency, refunds.amount_minor,
                notes_naming.refund_id is null
            order by refunds.created_at, refunds.refund_id
        ) as same_amount_rank,
    from refunds
    left join charges_of_intents on refunds.payment_intent_id = charges_of_intents.payment_intent_id
    left join charges on coalesce(refunds.charge_id, charges_of_intents.charge_id) = charges.charge_id
    left join notes_naming on refunds.refund_id = notes_naming.refund_id
    left join invoices on coalesce(charges.invoice_id, notes_naming.invoice_id) = invoices.invoice_id

),

-- Notes that name no refund meet refunds that no note names one to one: same invoice, same amount, in order of time.
unnamed_notes as (

    select
        credit_note_id,
        invoice_id,
        currency,
        total_minor,
        row_number() over (
            partition by invoice_id, currency, total_minor order by created_at, credit_note_id
        ) as same_amount_rank,
    from notes
    where refund_id is null and credit_note_type = 'post_payment'

),

final as (

    select
        placed.refund_id,
        placed.paid_charge_id as charge_id,
        placed.invoice_id,
        placed.paid_stripe_customer_id as stripe_customer_id,
        coalesce(crosswalk.account_id, 'stripe:' || placed.paid_stripe_customer_id) as customer_id,
        placed.currency,
        placed.amount_minor,
        placed.created_at as refunded_at,
        coalesce(placed.naming_note_id, unnamed_notes.credit_note_id) as credit_note_id,
        cast(
            case
                when placed.naming_note_id is not null then placed.named_minor
                when unnamed_notes.credit_note_id is not null then placed.amount_minor
                else 0
            end as bigint
        ) as noted_minor,
    from placed
    left join unnamed_notes
        on
            placed.invoice_id = unnamed_notes.invoice_id
            and placed.currency = unnamed_notes.currency
            and placed.amount_minor = unnamed_notes.total_minor
            and placed.same_amount_rank = unnamed_notes.same_amount_rank
            and placed.naming_note_id is null
    left join crosswalk on placed.paid_stripe_customer_id = crosswalk.source_id

)

select * from final
