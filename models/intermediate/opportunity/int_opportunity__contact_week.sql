-- One row per opportunity and week: different contacts active in the four weeks that end with it.
with activities as (

    select distinct
        opportunity_id,
        contact_id,
        week_index,
    from {{ ref('int_opportunity__activity') }}
    where contact_id is not null

),

lookahead as (

    select cast(range as integer) as weeks_later
    from range(0, 4)

),

final as (

    select
        activities.opportunity_id,
        activities.week_index - lookahead.weeks_later as week_index,
        count(distinct activities.contact_id) as contacts_28d,
    from activities
    cross join lookahead
    where activities.week_index - lookahead.weeks_later >= 0
    group by 1, 2

)

select * from final
