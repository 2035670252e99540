-- One row per billing currency and complete month from the first bill or service: what was billed and not yet earned
-- (deferred), and earned and not yet billed (unbilled), at the end of the month. Balances come from the service dates of
-- each line, flows from what was billed, credited and recognised; that the two agree is tested, not assumed.
with lines as (

    select * from {{ ref('int_revenue__invoice_line') }}

),

credits as (

    select * from {{ ref('int_revenue__credit_line') }}

),

months as (

    select * from {{ ref('dim_month') }}

),

revenue as (

    select * from {{ ref('fct_revenue_line_month') }}

),

rates as (

    select * from {{ ref('int_revenue__fx_rate_month') }}

),

currencies as (

    select * from {{ ref('int_revenue__currency') }}

),

reporting as (

    select exponent from currencies
    where is_reporting_currency

),

-- service still to come of lines that are billed
still_to_earn as (

    select
        lines.currency,
        months.month_on,
        sum(
            lines.net_minor - {{ allocate_cumulative(
                'lines.net_minor', '0',
                'greatest(months.next_month_on, lines.service_from_on) - lines.service_from_on',
                'lines.service_until_on - lines.service_from_on'
            ) }}
        ) as remaining_minor,
    from lines
    inner join months
        on lines.billed_month_on <= months.month_on and lines.service_until_on > months.next_month_on
    group by lines.currency, months.month_on

),

-- all credits of a line together, as revenue takes them back
credited_lines as (

    select
        lines.invoice_id,
        lines.invoice_line_item_id,
        lines.currency,
        months.month_on,
        greatest(months.next_month_on, lines.service_from_on) - lines.service_from_on as days_until,
        lines.service_until_on - lines.service_from_on as service_days,
        sum(credits.net_minor) as credited_minor,
    from credits
    inner join lines
        on credits.invoice_id = lines.invoice_id and credits.invoice_line_item_id = lines.invoice_line_item_id
    inner join months
        on credits.credited_month_on <= months.month_on and lines.service_until_on > months.next_month_on
    group by
        lines.invoice_id,
        lines.invoice_line_item_id,
        lines.currency,
        months.month_on,
        greatest(months.next_month_on, lines.service_from_on) - lines.service_from_on,
        lines.service_until_on - lines.service_from_on

),

still_to_take_back as (

    select
        currency,
        month_on,
        sum(
            credited_minor - {{ allocate_cumulative('credited_minor', '0', 'days_until', 'service_days') }}
        ) as remaining_minor,
    from credited_lines
    group by currency, month_on

),

not_billed_yet as (

    select
        lines.currency,
        months.month_on,
        sum(
            {{ allocate_cumulative(
                'lines.net_minor', '0',
                'least(months.next_month_on, lines.service_until_on) - lines.service_from_on',
                'lines.service_until_on - lines.service_from_on'
            ) }}
        ) as earned_minor,
    from lines
    inner join months
        on lines.billed_month_on > months.month_on and lines.service_from_on < months.next_month_on
    group by lines.currency, months.month_on

),

flows as (

    select
        currency,
        month_on,
        sum(billed_minor) as billed_minor,
        sum(credited_minor) as credited_minor,
        sum(recognised_minor) as recognised_minor,
        bool_and(billed_cents is not null and credited_cents is not null and recognised_cents is not null) as has_fx_rate,
        sum(billed_cents) as billed_cents,
        sum(credited_cents) as credited_cents,
        sum(recognised_cents) as recognised_cents,
    from revenue
    group by currency, month_on

),

first_months as (

    select
        currency,
        min(month_on) as first_month_on,
    from flows
    group by currency

),

combined as (

    select
        first_months.currency,
        months.month_on,
        coalesce(flows.billed_minor, 0) as billed_minor,
        coalesce(flows.credited_minor, 0) as credited_minor,
        coalesce(flows.recognised_minor, 0) as recognised_minor,
        case when coalesce(flows.has_fx_rate, true) then coalesce(flows.billed_cents, 0) end as billed_cents,
        case when coalesce(flows.has_fx_rate, true) then coalesce(flows.credited_cents, 0) end as credited_cents,
        case when coalesce(flows.has_fx_rate, true) then coalesce(flows.recognised_cents, 0) end as recognised_cents,
        coalesce(still_to_earn.remaining_minor, 0) - coalesce(still_to_take_back.remaining_minor, 0) as deferred_minor,
        coalesce(not_billed_yet.earned_minor, 0) as unbilled_minor,
    from first_months
    inner join months on first_months.first_month_on <= months.month_on
    left join flows on first_months.currency = flows.currency and months.month_on = flows.month_on
    left join still_to_earn
        on first_months.currency = still_to_earn.currency and months.month_on = still_to_earn.month_on
    left join still_to_take_back
        on first_months.currency = still_to_take_back.currency and months.month_on = still_to_take_back.month_on
    left join not_billed_yet
        on first_months.currency = not_billed_yet.currency and months.month_on = not_billed_yet.month_on

),

valued as (

    select
        combined.*,
        case when combined.deferred_minor - combined.unbilled_minor = 0 then 0 else {{ convert_minor_units(
            '(combined.deferred_minor - combined.unbilled_minor)',
            'currencies.exponent', 'rates.rate_to_reporting', 'reporting.exponent'
        ) }} end as closing_cents,
    from combined
    inner join currencies on combined.currency = currencies.currency
    cross join reporting
    left join rates on combined.currency = rates.currency and combined.month_on = rates.month_on

),

opened as (

    select
        *,
        lag(deferred_minor, 1, 0) over by_month as opening_deferred_minor,
        lag(unbilled_minor, 1, 0) over by_month as opening_unbilled_minor,
        case
            when row_number() over by_month = 1 then 0
            else lag(closing_cents) over by_month
        end as opening_cents,
    from valued
    window by_month as (partition by currency order by month_on)

),

final as (

    select
        currency,
        month_on,
        cast(opening_deferred_minor as bigint) as opening_deferred_minor,
        cast(opening_unbilled_minor as bigint) as opening_unbilled_minor,
        cast(billed_minor as bigint) as billed_minor,
        cast(credited_minor as bigint) as credited_minor,
        cast(recognised_minor as bigint) as recognised_minor,
        cast(deferred_minor as bigint) as closing_deferred_minor,
        cast(unbilled_minor as bigint) as closing_unbilled_minor,
        cast(opening_cents as bigint) as opening_cents,
        cast(billed_cents as bigint) as billed_cents,
        cast(credited_cents as bigint) as credited_cents,
        cast(recognised_cents as bigint) as recognised_cents,
        cast(closing_cents as bigint) as closing_cents,
        -- each flow at the rate of its month, each balance at that of its end: what the rates did stands here alone
        cast(closing_cents - opening_cents - billed_cents + credited_cents + recognised_cents as bigint)
            as fx_difference_cents,
    from opened

)

select * from final
