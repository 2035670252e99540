-- A row here is a seller who was given more hours than the week has, or a deal whose chance in the lots is none.
-- It does not claim that the hours are well spent.
with allocations as (

    select * from {{ ref('stg_predictions__play_allocation') }}

),

per_seller as (

    select
        owner_user_id as key,
        'more hours than the week has' as problem,
    from allocations
    group by owner_user_id
    having sum(allocated_quarters) > case when owner_user_id = 'none' then 0 else max(capacity_quarters) end

),

per_deal as (

    select
        opportunity_id as key,
        'chance out of range' as problem,
    from allocations
    where
        not (coalesce(propensity, 0.5) > 0 and coalesce(propensity, 0.5) < 1)
        or (is_randomised and propensity is null)
        or allocated_quarters < 0
        or is_above_line != (line_reason in ('planned', 'spare_time', 'drawn'))

)

select * from per_seller
union all
select * from per_deal
