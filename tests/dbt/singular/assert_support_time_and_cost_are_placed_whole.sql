-- A failing row means that seconds or cents of handling time are lost, doubled or charged twice on the way from tickets
-- to customers; time without a customer stands in the rows without one. Also fails when a ticket counts for two customers
-- in one month. Does not say that a ticket is placed with the right one.
with ticket_time as (

    select cast(sum(seconds_added) as bigint) as seconds
    from {{ ref('int_cost__ticket_time') }}

),

ticket_costs as (

    select
        cast(sum(seconds_added) as bigint) as seconds,
        cast(sum(support_cost_cents) as bigint) as cents,
    from {{ ref('int_cost__ticket_cost') }}

),

counted_tickets as (

    select count(*) as tickets
    from (
        select distinct
            ticket_id,
            month_on,
        from {{ ref('int_cost__ticket_cost') }}
        where is_counted
    )

),

customer_months as (

    select
        cast(sum(support_seconds) as bigint) as seconds,
        cast(sum(support_cost_cents) as bigint) as cents,
        cast(sum(support_tickets) as bigint) as tickets,
    from {{ ref('int_cost__support_customer_month') }}

)

select
    ticket_time.seconds as seconds_of_tickets,
    customer_months.seconds as seconds_of_customers,
    ticket_costs.cents as cents_of_tickets,
    customer_months.cents as cents_of_customers,
    counted_tickets.tickets as tickets_and_months,
    customer_months.tickets as tickets_of_customers,
from ticket_time
cross join ticket_costs
cross join counted_tickets
cross join customer_months
where
    coalesce(customer_months.seconds, 0) != coalesce(ticket_time.seconds, 0)
    or coalesce(ticket_costs.seconds, 0) != coalesce(ticket_time.seconds, 0)
    or customer_months.cents is distinct from ticket_costs.cents
    or coalesce(customer_months.tickets, 0) != counted_tickets.tickets
