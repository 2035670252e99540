-- A failing row is an invoice line and month whose margin lines do not add up to its recognised revenue and its cost of service
-- in fct_revenue_line_month. Credit notes are compared by the line they take back.
with margin_lines as (

    select
        month_on,
        document_line_id as invoice_line_item_id,
        customer_id,
        component,
        case when document_type = 'invoice_line' then document_id end as invoice_id,
        document_id,
        amount_cents,
    from {{ ref('fct_margin_line') }}
    where document_type in ('invoice_line', 'credit_note')

),

credits as (

    select distinct
        credit_note_id,
        invoice_id,
    from {{ ref('int_revenue__credit_line') }}

),

shown as (

    select
        coalesce(margin_lines.invoice_id, credits.invoice_id) as invoice_id,
        margin_lines.invoice_line_item_id,
        margin_lines.month_on,
        sum(margin_lines.amount_cents) filter (where margin_lines.component != 'cost_of_service') as recognised_cents,
        -sum(margin_lines.amount_cents) filter (where margin_lines.component = 'cost_of_service') as cost_of_service_cents,
    from margin_lines
    left join credits on margin_lines.invoice_id is null and margin_lines.document_id = credits.credit_note_id
    group by coalesce(margin_lines.invoice_id, credits.invoice_id), margin_lines.invoice_line_item_id, margin_lines.month_on

),

stated as (

    select * from {{ ref('fct_revenue_line_month') }}

)

select
    coalesce(stated.invoice_id, shown.invoice_id) as invoice_id,
    coalesce(stated.invoice_line_item_id, shown.invoice_line_item_id) as invoice_line_item_id,
    coalesce(stated.month_on, shown.month_on) as month_on,
    stated.recognised_cents as stated_recognised_cents,
    shown.recognised_cents as shown_recognised_cents,
    stated.cost_of_service_cents as stated_cost_cents,
    shown.cost_of_service_cents as shown_cost_cents,
from stated
full outer join shown
    on
        stated.invoice_id = shown.invoice_id
        and stated.invoice_line_item_id = shown.invoice_line_item_id
        and stated.month_on = shown.month_on
where
    coalesce(stated.recognised_cents, 0) != coalesce(shown.recognised_cents, 0)
    or (
        stated.recognised_cents != 0
        and coalesce(stated.cost_of_service_cents, 0) != coalesce(shown.cost_of_service_cents, 0)
    )
