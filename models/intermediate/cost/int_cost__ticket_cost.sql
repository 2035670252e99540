-- One row per ticket and moment at which handling time was added: who it was for and what it cost in reporting-currency
-- cents. Null customer = no customer found, null cost = no rate.
with ticket_time as (

    select * from {{ ref('int_cost__ticket_time') }}

),

tickets as (

    select * from {{ ref('int_identity__ticket') }}

),

support_groups as (

    select
        cast(ticket_id as varchar) as ticket_id,
        group_id,
    from {{ ref('stg_zendesk__ticket') }}

),

support_rates as (

    select * from {{ ref('int_cost__support_rate') }}

),

fx_rates as (

    select * from {{ ref('int_revenue__fx_rate_month') }}

),

reporting as (

    select exponent from {{ ref('int_revenue__currency') }}
    where is_reporting_currency

),

-- time of a ticket that was not delivered keeps its cost and finds no customer
placed as (

    select
        ticket_time.ticket_id,
        ticket_time.worked_at,
        ticket_time.seconds_added,
        ticket_time.is_assumed,
        {{ month_start('ticket_time.worked_at') }} as month_on,
        cast(ticket_time.worked_at as date) as worked_on,
        support_groups.group_id,
        tickets.account_id as customer_id,
        coalesce(tickets.is_counted, true) as is_counted,
    from ticket_time
    left join tickets on ticket_time.ticket_id = tickets.ticket_id
    left join support_groups on ticket_time.ticket_id = support_groups.ticket_id

),

final as (

    select
        placed.ticket_id,
        placed.worked_at,
        placed.customer_id,
        placed.month_on,
        placed.seconds_added,
        placed.is_assumed,
        placed.is_counted,
        -- rate in ten-thousandths and fx in hundred-millionths keep the product whole
        {{ round_ratio(
            "(cast(placed.seconds_added as hugeint)"
            ~ " * coalesce(group_rates.rate_per_hour_e4, default_rates.rate_per_hour_e4)"
            ~ " * cast(fx_rates.rate_to_reporting * 100000000 as hugeint)"
            ~ " * cast(power(10, reporting.exponent) as hugeint))",
            "(cast(3600 as hugeint) * 10000 * 100000000)"
        ) }} as support_cost_cents,
    from placed
    cross join reporting
    left join support_rates as group_rates
        on
            placed.group_id = group_rates.group_id
            and placed.worked_on between group_rates.valid_from_on and group_rates.valid_to_on
    left join support_rates as default_rates
        on
            default_rates.group_id is null
            and placed.worked_on between default_rates.valid_from_on and default_rates.valid_to_on
    left join fx_rates
        on
            coalesce(group_rates.currency, default_rates.currency) = fx_rates.currency
            and placed.month_on = fx_rates.month_on

)

select * from final
