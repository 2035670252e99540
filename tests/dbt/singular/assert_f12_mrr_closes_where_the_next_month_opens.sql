-- A failing row is a customer, currency and month whose opening is not what the month before closed with. A month that closed
-- with MRR must be followed by a row, one that opens with MRR must follow a row. The last complete month has no next one.
with movements as (

    select
        customer_id,
        currency,
        month_on,
        {{ add_months('month_on', 1) }} as next_month_on,
        opening_amount,
        closing_amount,
        reporting_opening_amount,
        reporting_closing_amount,
    from {{ ref('mart_mrr_movement_month') }}

),

followed as (

    select * from movements
    where month_on < {{ last_complete_month() }}

)

select
    coalesce(closed.customer_id, opened.customer_id) as customer_id,
    coalesce(closed.currency, opened.currency) as currency,
    coalesce(closed.next_month_on, opened.month_on) as month_on,
    closed.closing_amount,
    opened.opening_amount,
from followed as closed
full outer join movements as opened
    on
        closed.customer_id = opened.customer_id
        and closed.currency = opened.currency
        and closed.next_month_on = opened.month_on
where
    coalesce(closed.closing_amount, 0) != coalesce(opened.opening_amount, 0)
    -- an unknown rate is unknown on both sides
    or (
        closed.closing_amount != 0
        and closed.reporting_closing_amount is distinct from opened.reporting_opening_amount
    )
