-- One row per credit note, invoice line and month in which it takes earnings back: the same days of service as the line,
-- those of the months before in the month of issue. Cents of a line and month that several notes take back are shared by
-- whole cents in the order of the notes.
with credits as (

    select * from {{ ref('int_revenue__credit_line') }}

),

lines as (

    select * from {{ ref('int_revenue__invoice_line') }}

),

months as (

    select * from {{ ref('dim_month') }}

),

revenue_lines as (

    select * from {{ ref('fct_revenue_line_month') }}
    where earned_credit_minor != 0

),

touched as (

    select
        credits.credit_note_id,
        credits.invoice_id,
        credits.invoice_line_item_id,
        credits.credited_on,
        months.month_on,
        credits.net_minor,
        lines.service_until_on - lines.service_from_on as service_days,
        case
            when months.month_on = credits.credited_month_on then 0
            else least(greatest(months.month_on, lines.service_from_on), lines.service_until_on) - lines.service_from_on
        end as days_before,
        least(greatest(months.next_month_on, lines.service_from_on), lines.service_until_on) - lines.service_from_on
            as days_until,
    from credits
    inner join lines
        on credits.invoice_id = lines.invoice_id and credits.invoice_line_item_id = lines.invoice_line_item_id
    inner join months on credits.credited_month_on <= months.month_on

),

taken_back as (

    select
        *,
        {{ allocate_cumulative('net_minor', 'days_before', 'days_until', 'service_days') }} as earned_credit_minor,
    from touched

),

laid_end_to_end as (

    select
        *,
        sum(earned_credit_minor) over (
            partition by invoice_id, invoice_line_item_id, month_on order by credited_on, credit_note_id
            rows between unbounded preceding and current row
        ) as credit_until,
        sum(earned_credit_minor) over (partition by invoice_id, invoice_line_item_id, month_on) as credit_total,
    from taken_back
    where earned_credit_minor != 0

),

final as (

    select
        laid_end_to_end.credit_note_id,
        laid_end_to_end.invoice_id,
        laid_end_to_end.invoice_line_item_id,
        laid_end_to_end.month_on,
        revenue_lines.customer_id,
        revenue_lines.currency,
        laid_end_to_end.earned_credit_minor,
        {{ allocate_cumulative(
            'revenue_lines.earned_credit_cents',
            'laid_end_to_end.credit_until - laid_end_to_end.earned_credit_minor',
            'laid_end_to_end.credit_until',
            'laid_end_to_end.credit_total'
        ) }} as earned_credit_cents,
    from laid_end_to_end
    inner join revenue_lines
        on
            laid_end_to_end.invoice_id = revenue_lines.invoice_id
            and laid_end_to_end.invoice_line_item_id = revenue_lines.invoice_line_item_id
            and laid_end_to_end.month_on = revenue_lines.month_on

)

select * from final
