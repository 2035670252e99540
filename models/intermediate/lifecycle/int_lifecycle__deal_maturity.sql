-- One row per deal that brought in a customer: the day on which its first twelve months were complete. Segments of a past
-- day may be learned from the deals that were mature by then, and from no others.
with customers as (

    select * from {{ ref('int_lifecycle__customer') }}
    where opportunity_id is not null

),

final as (

    select
        opportunity_id,
        -- a yearly contract that is not renewed is gone at age 12, so that month is part of the story
        {{ add_months('start_month_on', '13') }} as mature_on,
    from customers

)

select * from final
