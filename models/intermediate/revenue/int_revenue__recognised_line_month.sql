-- One row per invoice line and month that its service period touches or in which a credit takes some of it back, up to the
-- last complete month: revenue earned in that month in minor units, by day over [service_from_on, service_until_on).
-- A credit takes back the same days of service, and in the month of its issue those of the months before, so that a month
-- that is over never changes.
with lines as (

    select * from {{ ref('int_revenue__invoice_line') }}

),

credits as (

    select * from {{ ref('int_revenue__credit_line') }}

),

months as (

    select * from {{ ref('dim_month') }}

),

earned as (

    select
        lines.invoice_id,
        lines.invoice_line_item_id,
        months.month_on,
        lines.net_minor,
        lines.service_until_on - lines.service_from_on as service_days,
        greatest(months.month_on, lines.service_from_on) - lines.service_from_on as days_before,
        least(months.next_month_on, lines.service_until_on) - lines.service_from_on as days_until,
    from lines
    inner join months
        on lines.service_from_on < months.next_month_on and lines.service_until_on > months.month_on

),

-- months in which something of a line is taken back: those of issue, and those of its service from then on
credit_months as (

    select distinct
        credits.invoice_id,
        credits.invoice_line_item_id,
        months.month_on,
        lines.service_until_on - lines.service_from_on as service_days,
        least(greatest(months.month_on, lines.service_from_on), lines.service_until_on) - lines.service_from_on
            as days_before,
        least(greatest(months.next_month_on, lines.service_from_on), lines.service_until_on) - lines.service_from_on
            as days_until,
    from credits
    inner join lines
        on credits.invoice_id = lines.invoice_id and credits.invoice_line_item_id = lines.invoice_line_item_id
    inner join months
        on
            credits.credited_month_on = months.month_on
            or (
                credits.credited_month_on < months.month_on
                and lines.service_from_on < months.next_month_on
                and lines.service_until_on > months.month_on
            )

),

-- All credits of a line together, since the floors of several would leave units of a line that was credited whole.
taken_back as (

    select
        credit_months.invoice_id,
        credit_months.invoice_line_item_id,
        credit_months.month_on,
        credit_months.service_days,
        credit_months.days_before,
        credit_months.days_until,
        coalesce(
            sum(credits.net_minor) filter (where credits.credited_month_on < credit_months.month_on), 0
        ) as credited_before_minor,
        sum(credits.net_minor) as credited_until_minor,
    from credit_months
    inner join credits
        on
            credit_months.invoice_id = credits.invoice_id
            and credit_months.invoice_line_item_id = credits.invoice_line_item_id
            and credit_months.month_on >= credits.credited_month_on
    group by
        credit_months.invoice_id,
        credit_months.invoice_line_item_id,
        credit_months.month_on,
        credit_months.service_days,
        credit_months.days_before,
        credit_months.days_until

),

shares as (

    select
        invoice_id,
        invoice_line_item_id,
        month_on,
        {{ allocate_cumulative('net_minor', 'days_before', 'days_until', 'service_days') }} as earned_minor,
        cast(0 as bigint) as earned_credit_minor,
    from earned

    union all

    select
        invoice_id,
        invoice_line_item_id,
        month_on,
        cast(0 as bigint) as earned_minor,
        {{ allocate_cumulative('credited_until_minor', '0', 'days_until', 'service_days') }}
        - {{ allocate_cumulative('credited_before_minor', '0', 'days_before', 'service_days') }} as earned_credit_minor,
    from taken_back

),

summed as (

    select
        invoice_id,
        invoice_line_item_id,
        month_on,
        cast(sum(earned_minor) as bigint) as earned_minor,
        cast(sum(earned_credit_minor) as bigint) as earned_credit_minor,
    from shares
    group by invoice_id, invoice_line_item_id, month_on

),

final as (

    select
        summed.invoice_id,
        summed.invoice_line_item_id,
        lines.customer_id,
        lines.price_id,
        lines.currency,
        summed.month_on,
        summed.earned_minor,
        summed.earned_credit_minor,
        summed.earned_minor - summed.earned_credit_minor as revenue_minor,
    from summed
    inner join lines
        on summed.invoice_id = lines.invoice_id and summed.invoice_line_item_id = lines.invoice_line_item_id

)

select * from final
