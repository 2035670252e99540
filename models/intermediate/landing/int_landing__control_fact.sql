-- One row per chain and currency: the documents as the facts hold them, counted on the facts themselves.
with invoices as (

    select
        'invoices' as chain,
        'fact' as step,
        currency,
        count(*) as n_rows,
        count(distinct invoice_id) as n_keys,
        sum(amount_minor) as amount_minor,
    from {{ ref('fct_receivable_movement') }}
    where movement = 'invoiced'
    group by currency

),

lines as (

    select * from {{ ref('int_revenue__invoice_line') }}

),

credit_notes as (

    select * from {{ ref('int_revenue__credit_note') }}

),

invoice_lines as (

    select
        'invoice_lines' as chain,
        'fact' as step,
        currency,
        count(*) as n_rows,
        count(distinct concat_ws(' / ', invoice_id, invoice_line_item_id)) as n_keys,
        sum(amount_minor) as amount_minor,
    from lines
    group by currency

),

noted as (

    select
        'credit_notes' as chain,
        'fact' as step,
        currency,
        count(*) as n_rows,
        count(distinct credit_note_id) as n_keys,
        sum(total_minor) as amount_minor,
    from credit_notes
    group by currency

),

charges as (

    select
        'charges' as chain,
        'fact' as step,
        currency,
        count(*) as n_rows,
        count(distinct source_id) as n_keys,
        -sum(amount_minor) as amount_minor,
    from {{ ref('fct_receivable_movement') }}
    where movement = 'payment' and source_table = 'charge'
    group by currency

),

refunds as (

    select
        'refunds' as chain,
        'fact' as step,
        currency,
        count(*) as n_rows,
        count(distinct document_id) as n_keys,
        sum(amount_minor) as amount_minor,
    from {{ ref('int_revenue__contra_document') }}
    where document_type = 'refund'
    group by currency

),

balance_transactions as (

    select
        'balance_transactions' as chain,
        'fact' as step,
        currency,
        count(*) as n_rows,
        count(distinct balance_transaction_id) as n_keys,
        sum(amount_minor) as amount_minor,
    from {{ ref('fct_cash_movement') }}
    group by currency

),

subscriptions as (

    select
        'subscriptions' as chain,
        'fact' as step,
        '' as currency,
        count(*) as n_rows,
        count(distinct subscription_id) as n_keys,
        cast(null as bigint) as amount_minor,
    from {{ ref('int_revenue__subscription') }}
    having count(*) > 0

),

unioned as (

    select * from invoices
    union all
    select * from invoice_lines
    union all
    select * from noted
    union all
    select * from charges
    union all
    select * from refunds
    union all
    select * from balance_transactions
    union all
    select * from subscriptions

),

final as (

    select
        chain,
        step,
        currency,
        n_rows,
        n_keys,
        amount_minor,
    from unioned

)

select * from final
