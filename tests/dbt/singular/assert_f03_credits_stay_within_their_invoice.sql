-- A failing row is an invoice whose credit notes take back more than it asked for, line by line or tax and lines together:
-- what goes beyond must stand as excess, never in revenue.
with lines as (

    select
        invoice_id,
        invoice_line_item_id,
        net_minor,
    from {{ ref('int_revenue__invoice_line') }}

),

line_credits as (

    select
        invoice_id,
        invoice_line_item_id,
        sum(net_minor) as credited_minor,
        min(net_minor) as smallest_minor,
    from {{ ref('int_revenue__credit_line') }}
    group by invoice_id, invoice_line_item_id

),

note_credits as (

    select
        credit_note_id,
        sum(net_minor) as credited_minor,
    from {{ ref('int_revenue__credit_line') }}
    group by credit_note_id

),

beyond_the_line as (

    select
        line_credits.invoice_id,
        line_credits.invoice_line_item_id as subject_id,
        lines.net_minor as allowed_minor,
        line_credits.credited_minor,
    from line_credits
    left join lines
        on
            line_credits.invoice_id = lines.invoice_id
            and line_credits.invoice_line_item_id = lines.invoice_line_item_id
    where
        lines.net_minor is null
        or line_credits.credited_minor > lines.net_minor
        or line_credits.smallest_minor <= 0

),

off_the_note as (

    select
        notes.invoice_id,
        notes.credit_note_id as subject_id,
        notes.net_minor as allowed_minor,
        coalesce(note_credits.credited_minor, 0) as credited_minor,
    from {{ ref('int_revenue__credit_note') }} as notes
    left join note_credits on notes.credit_note_id = note_credits.credit_note_id
    where
        notes.net_minor != coalesce(note_credits.credited_minor, 0)
        or notes.total_minor != notes.tax_minor + notes.net_minor + notes.excess_minor

)

select * from beyond_the_line
union all
select * from off_the_note
