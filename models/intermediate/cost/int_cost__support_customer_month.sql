-- One row per customer (null = no customer found) and month with handling time: seconds, tickets and cost in
-- reporting-currency cents.
with ticket_costs as (

    select * from {{ ref('int_cost__ticket_cost') }}

),

final as (

    select
        customer_id,
        month_on,
        cast(sum(seconds_added) as bigint) as support_seconds,
        cast(coalesce(sum(seconds_added) filter (where is_assumed), 0) as bigint) as assumed_seconds,
        -- a merged or deleted ticket costs time and is no ticket of its own
        count(distinct ticket_id) filter (where is_counted) as support_tickets,
        bool_and(support_cost_cents is not null) as is_fully_costed,
        cast(sum(support_cost_cents) as bigint) as support_cost_cents,
    from ticket_costs
    group by customer_id, month_on

)

select * from final
