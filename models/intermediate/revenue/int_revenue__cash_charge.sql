-- One row per charge that succeeded and was captured, those after the as-of day included: which invoice it pays, whose it is,
-- and which movement of the balance it caused. Readers filter by `charged_at`; the present amounts of an invoice header can
-- only be explained with the charges that came later.
with all_charges as (

    select * from {{ ref('stg_stripe__charge') }}

),

charges as (

    select * from all_charges
    where charge_status = 'succeeded' and coalesce(is_captured, true)

),

invoices as (

    select * from {{ ref('stg_stripe__invoice') }}

),

transactions as (

    select * from {{ ref('stg_stripe__balance_transaction') }}

),

crosswalk as (

    select * from {{ ref('int_identity__crosswalk') }}
    where source_system = 'stripe'

),

-- a charge that several invoices name pays none of them for certain
named_by_invoice as (

    select
        charge_id,
        min(invoice_id) as invoice_id,
    from invoices
    where charge_id is not null
    group by charge_id
    having count(*) = 1

),

-- attempts to collect one payment share its intent, and one of them may name the invoice
named_by_intent as (

    select
        all_charges.payment_intent_id,
        min(coalesce(all_charges.invoice_id, named_by_invoice.invoice_id)) as invoice_id,
    from all_charges
    left join named_by_invoice on all_charges.charge_id = named_by_invoice.charge_id
    where all_charges.payment_intent_id is not null
    group by all_charges.payment_intent_id
    having count(distinct coalesce(all_charges.invoice_id, named_by_invoice.invoice_id)) = 1

),

linked as (

    select
        charges.*,
        coalesce(charges.invoice_id, named_by_invoice.invoice_id, named_by_intent.invoice_id) as paid_invoice_id,
        case
            when charges.invoice_id is not null then 'charge'
            when named_by_invoice.invoice_id is not null then 'invoice'
            when named_by_intent.invoice_id is not null then 'payment_intent'
            else 'none'
        end as invoice_link,
    from charges
    left join named_by_invoice on charges.charge_id = named_by_invoice.charge_id
    left join named_by_intent on charges.payment_intent_id = named_by_intent.payment_intent_id

),

transactions_of_charges as (

    select
        source_ref as charge_id,
        min(balance_transaction_id) as balance_transaction_id,
    from transactions
    where transaction_type in ('charge', 'payment')
    group by source_ref

),

tied as (

    select
        linked.*,
        coalesce(named.balance_transaction_id, transactions_of_charges.balance_transaction_id) as moved_by_id,
    from linked
    left join transactions as named on linked.balance_transaction_id = named.balance_transaction_id
    left join transactions_of_charges on linked.charge_id = transactions_of_charges.charge_id

),

final as (

    select
        tied.charge_id,
        tied.paid_invoice_id as invoice_id,
        tied.invoice_link,
        coalesce(tied.stripe_customer_id, invoices.stripe_customer_id) as stripe_customer_id,
        coalesce(crosswalk.account_id, 'stripe:' || coalesce(tied.stripe_customer_id, invoices.stripe_customer_id))
            as customer_id,
        tied.payment_intent_id,
        tied.currency,
        invoices.currency as invoice_currency,
        tied.amount_minor,
        tied.created_at as charged_at,
        cast(tied.created_at as date) as charged_on,
        tied.moved_by_id as balance_transaction_id,
        transactions.currency as settled_currency,
        transactions.amount_minor as settled_minor,
        transactions.exchange_rate,
        case
            when tied.moved_by_id is null then 'no_transaction'
            when transactions.currency != tied.currency then 'other_currency'
            when transactions.amount_minor != tied.amount_minor then 'amount_differs'
            else 'tied'
        end as transaction_tie,
    from tied
    left join invoices on tied.paid_invoice_id = invoices.invoice_id
    left join crosswalk on coalesce(tied.stripe_customer_id, invoices.stripe_customer_id) = crosswalk.source_id
    left join transactions on tied.moved_by_id = transactions.balance_transaction_id

)

select * from final
