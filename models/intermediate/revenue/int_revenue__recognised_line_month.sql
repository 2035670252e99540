-- One row per invoice line and month that its service period touches, the future months of a prepaid line included up
-- to the last complete month: revenue earned in that month in minor units, by day over [service_from_on,
-- service_until_on).
with lines as (

    select * from {{ ref('int_revenue__invoice_line') }}

),

months as (

    select * from {{ ref('dim_month') }}

),

touched as (

    select
        lines.invoice_id,
        lines.invoice_line_item_id,
        lines.customer_id,
        lines.price_id,
        lines.currency,
        months.month_on,
        lines.amount_minor - lines.discount_minor as net_minor,
        lines.service_until_on - lines.service_from_on as service_days,
        greatest(months.month_on, lines.service_from_on) - lines.service_from_on as days_before,
        least(months.next_month_on, lines.service_until_on) - lines.service_from_on as days_until,
    from lines
    inner join months
        on lines.service_from_on < months.next_month_on and lines.service_until_on > months.month_on

),

final as (

    select
        invoice_id,
        invoice_line_item_id,
        customer_id,
        price_id,
        currency,
        month_on,
        {{ allocate_cumulative('net_minor', 'days_before', 'days_until', 'service_days') }} as revenue_minor,
    from touched

)

select * from final
