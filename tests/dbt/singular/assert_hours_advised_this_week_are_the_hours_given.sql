-- The advice that sellers' hours are measured against is the list itself: per seller, this week's advised hours are those
-- that the list gives, and they fit the seller's week.
with advised as (

    select
        owner_user_id,
        sum(hours_advised) as hours_advised,
    from {{ ref('fct_play_advice') }}
    where is_current_week
    group by owner_user_id

),

listed as (

    select
        owner_user_id,
        sum(allocated_hours) as allocated_hours,
        max(capacity_hours) as capacity_hours,
    from {{ ref('fct_play_allocation') }}
    group by owner_user_id

)

select
    listed.owner_user_id,
    listed.allocated_hours,
    listed.capacity_hours,
    advised.hours_advised,
from listed
left join advised on listed.owner_user_id = advised.owner_user_id
where advised.hours_advised is distinct from listed.allocated_hours or listed.allocated_hours > listed.capacity_hours
