-- One row per staged row of a chain that is followed to the facts, with why it gets no further; null where it does. Each
-- reason is stated here anew, so that a filter that a fact adds on its own shows as a gap.
with bills as (

    select
        bills.invoice_id,
        bills.currency,
        bills.total_minor,
        case
            when bills.is_deleted then 'deleted'
            when bills.status = 'draft' then 'draft'
            when
                bills.status = 'void'
                and coalesce({{ was_known('coalesce(bills.voided_at, bills.created_at)') }}, true)
                then 'void'
            -- nothing says when it was billed, so it belongs to no month
            when coalesce(bills.finalized_at, bills.created_at) is null then 'undated'
            when not {{ was_known('coalesce(bills.finalized_at, bills.created_at)') }} then 'after_as_of'
        end as left_out_as,
    from {{ ref('stg_stripe__invoice') }} as bills

),

charge_links as (

    select * from {{ ref('int_revenue__cash_charge') }}

),

invoices as (

    select
        'invoices' as chain,
        invoice_id as document_key,
        1 as version_no,
        currency,
        total_minor as amount_minor,
        left_out_as,
    from bills

),

invoice_lines as (

    select
        'invoice_lines' as chain,
        concat_ws(' / ', lines.invoice_id, lines.invoice_line_item_id) as document_key,
        1 as version_no,
        lines.currency,
        lines.amount_minor,
        case
            when bills.invoice_id is null then 'invoice_unknown'
            else 'invoice_' || bills.left_out_as
        end as left_out_as,
    from {{ ref('stg_stripe__invoice_line_item') }} as lines
    left join bills on lines.invoice_id = bills.invoice_id

),

credit_notes as (

    select
        'credit_notes' as chain,
        credit_note_id as document_key,
        1 as version_no,
        currency,
        total_minor as amount_minor,
        case
            when not {{ was_known('created_at') }} then 'after_as_of'
            when credit_note_status = 'void' and {{ was_known('coalesce(voided_at, created_at)') }} then 'void'
        end as left_out_as,
    from {{ ref('stg_stripe__credit_note') }}

),

charges as (

    select
        'charges' as chain,
        charges.charge_id as document_key,
        1 as version_no,
        charges.currency,
        charges.amount_minor,
        case
            when charges.charge_status <> 'succeeded' then 'not_succeeded'
            when not coalesce(charges.is_captured, true) then 'not_captured'
            when not {{ was_known('charges.created_at') }} then 'after_as_of'
            when charge_links.invoice_id is null then 'pays_no_invoice'
            when bills.invoice_id is null then 'invoice_unknown'
            when bills.left_out_as is not null then 'invoice_' || bills.left_out_as
            when bills.currency <> charges.currency then 'other_currency'
        end as left_out_as,
    from {{ ref('stg_stripe__charge') }} as charges
    left join charge_links on charges.charge_id = charge_links.charge_id
    left join bills on charge_links.invoice_id = bills.invoice_id

),

refunds as (

    select
        'refunds' as chain,
        refund_id as document_key,
        1 as version_no,
        currency,
        amount_minor,
        case
            when coalesce(refund_status, 'succeeded') in ('failed', 'canceled', 'requires_action') then 'not_succeeded'
            when not {{ was_known('created_at') }} then 'after_as_of'
        end as left_out_as,
    from {{ ref('stg_stripe__refund') }}

),

balance_transactions as (

    select
        'balance_transactions' as chain,
        balance_transaction_id as document_key,
        1 as version_no,
        currency,
        amount_minor,
        case when not {{ was_known('created_at') }} then 'after_as_of' end as left_out_as,
    from {{ ref('stg_stripe__balance_transaction') }}

),

unioned as (

    select * from invoices
    union all
    select * from invoice_lines
    union all
    select * from credit_notes
    union all
    select * from charges
    union all
    select * from refunds
    union all
    select * from balance_transactions
    union all
    select * from {{ ref('int_landing__control_subscription') }}

),

final as (

    select
        chain,
        document_key,
        version_no,
        coalesce(currency, '') as currency,
        amount_minor,
        left_out_as,
    from unioned

)

select * from final
