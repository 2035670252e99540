-- A failing row is a customer and month that had MRR twelve months before and is not in mart_retention_month, is in it without having
-- had any, or whose MRR at the end is not what mart_mrr_movement_month closes with. It does not claim what MRR a year before is worth
-- at today's rate.
with movements as (

    select
        customer_id,
        month_on,
        sum(reporting_closing_amount) as closing_amount,
        bool_or(closing_amount != 0 or is_closing_unknown) as is_active,
    from {{ ref('mart_mrr_movement_month') }}
    group by customer_id, month_on

),

starts as (

    select
        customer_id,
        {{ add_months('month_on', 12) }} as month_on,
    from movements
    where is_active and {{ add_months('month_on', 12) }} <= {{ last_complete_month() }}

),

retention as (

    select * from {{ ref('mart_retention_month') }}

)

select
    coalesce(starts.customer_id, retention.customer_id) as customer_id,
    coalesce(starts.month_on, retention.month_on) as month_on,
    retention.ending_amount,
    movements.closing_amount,
from starts
full outer join retention on starts.customer_id = retention.customer_id and starts.month_on = retention.month_on
left join movements on retention.customer_id = movements.customer_id and retention.month_on = movements.month_on
where
    starts.customer_id is null
    or retention.customer_id is null
    or retention.is_retained != coalesce(movements.is_active, false)
    or retention.ending_amount != coalesce(movements.closing_amount, 0)
