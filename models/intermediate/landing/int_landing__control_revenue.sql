-- One row per chain, step and currency on the way from documents to the months of the marts: what is taken off, and what the
-- revenue lines of complete months come to. Revenue lines are sums, so their rows and keys are not counted.
with lines as (

    select * from {{ ref('int_revenue__invoice_line') }}

),

credit_notes as (

    select * from {{ ref('int_revenue__credit_note') }}

),

revenue_lines as (

    select
        currency,
        sum(billed_minor) as billed_minor,
        sum(credited_minor) as credited_minor,
    from {{ ref('fct_revenue_line_month') }}
    group by currency

),

late_invoices as (

    select
        'invoices' as chain,
        'incomplete_month' as step,
        currency,
        count(*) as n_rows,
        count(distinct invoice_id) as n_keys,
        sum(amount_minor) as amount_minor,
    from {{ ref('fct_receivable_movement') }}
    where movement = 'invoiced' and month_on > {{ last_complete_month() }}
    group by currency

),

taken_off as (

    select
        'invoice_lines' as chain,
        'discount' as step,
        currency,
        sum(discount_minor) as amount_minor,
    from lines
    group by currency

    union all

    select
        'invoice_lines' as chain,
        'incomplete_month' as step,
        currency,
        sum(net_minor) as amount_minor,
    from lines
    where billed_month_on > {{ last_complete_month() }}
    group by currency

    union all

    select
        'credit_notes' as chain,
        'tax' as step,
        currency,
        sum(tax_minor) as amount_minor,
    from credit_notes
    group by currency

    union all

    select
        'credit_notes' as chain,
        credit_fate as step,
        currency,
        sum(excess_minor) as amount_minor,
    from credit_notes
    where excess_minor <> 0
    group by currency, credit_fate

    union all

    select
        'credit_notes' as chain,
        'incomplete_month' as step,
        currency,
        sum(net_minor) as amount_minor,
    from credit_notes
    where credited_month_on > {{ last_complete_month() }}
    group by currency

),

as_revenue as (

    select
        'invoice_lines' as chain,
        currency,
        billed_minor as amount_minor,
    from revenue_lines

    union all

    select
        'credit_notes' as chain,
        currency,
        credited_minor as amount_minor,
    from revenue_lines
    where credited_minor <> 0 or currency in (select credit_notes.currency from credit_notes)

),

final as (

    select
        chain,
        'left_out' as step_kind,
        step,
        currency,
        n_rows,
        n_keys,
        amount_minor,
    from late_invoices

    union all

    select
        chain,
        'left_out' as step_kind,
        step,
        currency,
        null as n_rows,
        null as n_keys,
        amount_minor,
    from taken_off
    where amount_minor <> 0

    union all

    select
        chain,
        'level' as step_kind,
        'revenue' as step,
        currency,
        null as n_rows,
        null as n_keys,
        amount_minor,
    from as_revenue

)

select * from final
