-- One row per customer (null = no customer found) and month with handling time: seconds, tickets and cost in
-- reporting-currency cents.
with ticket_time as (

    select * from {{ ref('int_cost__ticket_time') }}

),

tickets as (

    select * from {{ ref('stg_zendesk__ticket') }}

),

support_users as (

    select * from {{ ref('stg_zendesk__user') }}

),

crosswalk as (

    select * from {{ ref('int_identity__crosswalk') }}
    where source_system = 'zendesk'

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

placed as (

    select
        ticket_time.ticket_id,
        {{ month_start('ticket_time.worked_at') }} as month_on,
        cast(ticket_time.worked_at as date) as worked_on,
        ticket_time.seconds_added,
        tickets.group_id,
        crosswalk.account_id as customer_id,
    from ticket_time
    inner join tickets on ticket_time.ticket_id = tickets.ticket_id
    left join support_users on tickets.requester_id = support_users.zendesk_user_id
    left join crosswalk
        on cast(coalesce(tickets.organization_id, support_users.organization_id) as varchar) = crosswalk.source_id

),

costed as (

    select
        placed.customer_id,
        placed.month_on,
        placed.ticket_id,
        placed.seconds_added,
        -- seconds in hundredths, rate in ten-thousandths and fx in hundred-millionths keep the product whole
        {{ round_ratio(
            "(cast(placed.seconds_added * 100 as hugeint)"
            ~ " * coalesce(group_rates.rate_per_hour_e4, default_rates.rate_per_hour_e4)"
            ~ " * cast(fx_rates.rate_to_reporting * 100000000 as hugeint)"
            ~ " * cast(power(10, reporting.exponent) as hugeint))",
            "(cast(3600 as hugeint) * 100 * 10000 * 100000000)"
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

),

final as (

    select
        customer_id,
        month_on,
        cast(sum(seconds_added) as bigint) as support_seconds,
        count(distinct ticket_id) as support_tickets,
        bool_and(support_cost_cents is not null) as is_fully_costed,
        cast(sum(support_cost_cents) as bigint) as support_cost_cents,
    from costed
    group by customer_id, month_on

)

select * from final
