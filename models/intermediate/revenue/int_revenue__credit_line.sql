-- One row per credit note and invoice line that it takes back: how much of the line's net amount. A credit note that names
-- its lines takes back those; what it leaves open, and a credit note that names none, takes back the largest lines first.
-- No line is taken back beyond its amount.
with credit_notes as (

    select
        *,
        row_number() over (partition by invoice_id order by created_at, credit_note_id) as credit_order,
    from {{ ref('int_revenue__credit_note') }}
    where net_minor > 0

),

named_lines as (

    select
        credit_note_id,
        invoice_line_item_id,
        sum(amount_minor - coalesce(discount_minor, 0)) as named_minor,
    from {{ ref('stg_stripe__credit_note_line_item') }}
    where invoice_line_item_id is not null
    group by credit_note_id, invoice_line_item_id

),

lines as (

    select * from {{ ref('int_revenue__invoice_line') }}
    where net_minor > 0

),

-- what a credit note names for its lines, laid end to end, up to what it takes back in all
named as (

    select
        credit_notes.credit_note_id,
        credit_notes.invoice_id,
        credit_notes.credit_order,
        credit_notes.net_minor as credit_minor,
        lines.invoice_line_item_id,
        lines.net_minor as line_minor,
        named_lines.named_minor,
        sum(named_lines.named_minor) over (
            partition by credit_notes.credit_note_id order by lines.invoice_line_item_id
            rows between unbounded preceding and current row
        ) as named_until,
    from credit_notes
    inner join named_lines on credit_notes.credit_note_id = named_lines.credit_note_id
    inner join lines
        on credit_notes.invoice_id = lines.invoice_id and named_lines.invoice_line_item_id = lines.invoice_line_item_id
    where named_lines.named_minor > 0

),

named_within_credit as (

    select
        *,
        least(named_until, credit_minor) - least(named_until - named_minor, credit_minor) as wanted_minor,
    from named

),

named_in_order as (

    select
        *,
        sum(wanted_minor) over (
            partition by invoice_id, invoice_line_item_id order by credit_order
            rows between unbounded preceding and current row
        ) as wanted_until,
    from named_within_credit

),

placed_by_name as (

    select
        credit_note_id,
        invoice_id,
        invoice_line_item_id,
        least(wanted_until, line_minor) - least(wanted_until - wanted_minor, line_minor) as net_minor,
    from named_in_order

),

open_credits as (

    select
        credit_notes.credit_note_id,
        credit_notes.invoice_id,
        credit_notes.credit_order,
        credit_notes.net_minor - coalesce(sum(placed_by_name.net_minor), 0) as open_minor,
    from credit_notes
    left join placed_by_name on credit_notes.credit_note_id = placed_by_name.credit_note_id
    group by
        credit_notes.credit_note_id, credit_notes.invoice_id, credit_notes.credit_order, credit_notes.net_minor

),

open_lines as (

    select
        lines.invoice_id,
        lines.invoice_line_item_id,
        lines.net_minor as line_minor,
        lines.net_minor - coalesce(sum(placed_by_name.net_minor), 0) as open_minor,
    from lines
    left join placed_by_name
        on lines.invoice_id = placed_by_name.invoice_id and lines.invoice_line_item_id = placed_by_name.invoice_line_item_id
    group by lines.invoice_id, lines.invoice_line_item_id, lines.net_minor

),

credits_end_to_end as (

    select
        *,
        sum(open_minor) over (
            partition by invoice_id order by credit_order rows between unbounded preceding and current row
        ) as open_until,
    from open_credits

),

lines_end_to_end as (

    select
        *,
        sum(open_minor) over (
            partition by invoice_id order by line_minor desc, invoice_line_item_id asc
            rows between unbounded preceding and current row
        ) as open_until,
    from open_lines

),

-- a credit and a line share what their stretches have in common
placed_in_order as (

    select
        credits_end_to_end.credit_note_id,
        credits_end_to_end.invoice_id,
        lines_end_to_end.invoice_line_item_id,
        least(credits_end_to_end.open_until, lines_end_to_end.open_until)
        - greatest(
            credits_end_to_end.open_until - credits_end_to_end.open_minor,
            lines_end_to_end.open_until - lines_end_to_end.open_minor
        ) as net_minor,
    from credits_end_to_end
    inner join lines_end_to_end on credits_end_to_end.invoice_id = lines_end_to_end.invoice_id

),

unioned as (

    select * from placed_by_name
    union all
    select * from placed_in_order
    where net_minor > 0

),

final as (

    select
        unioned.credit_note_id,
        unioned.invoice_id,
        unioned.invoice_line_item_id,
        credit_notes.credited_on,
        credit_notes.credited_month_on,
        cast(sum(unioned.net_minor) as bigint) as net_minor,
    from unioned
    inner join credit_notes on unioned.credit_note_id = credit_notes.credit_note_id
    where unioned.net_minor > 0
    group by
        unioned.credit_note_id,
        unioned.invoice_id,
        unioned.invoice_line_item_id,
        credit_notes.credited_on,
        credit_notes.credited_month_on

)

select * from final
