-- One row per opportunity and week with activity, counted back from the as-of day. Days are counted, not pieces of
-- work, and at most three a week: one frantic day says as much as one calm day.
with activities as (

    select * from {{ ref('int_opportunity__activity') }}

),

final as (

    select
        opportunity_id,
        week_index,
        least(count(distinct activity_on), 3) as active_days,
        count(distinct activity_on) as distinct_days,
        count(*) as activities,
        cast(sum(minutes) as decimal(18, 2)) as minutes,
    from activities
    group by opportunity_id, week_index

)

select * from final
