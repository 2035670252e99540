-- One row per account and decision week: in how many of the last eight weeks its most revisited
-- capability was looked at. Coming back to one thing counts; looking at many things once does not.
with windows as (

    select days
    from {{ ref('history_window') }}
    where window_key = 'decision'

),

visits as (

    select * from {{ ref('stg_product__capability_visit_daily') }}
    where visited_on <= {{ as_of_date() }} and visits > 0 and {{ was_loaded('synced_at') }}

),

accounts as (

    select * from {{ ref('int_identity__account') }}

),

visit_weeks as (

    select distinct
        coalesce(accounts.canonical_account_id, visits.account_id) as account_id,
        visits.capability,
        {{ days_between('visits.visited_on', as_of_date()) }} // 7 as visit_week_index,
    from visits
    left join accounts on visits.account_id = accounts.account_id

),

weeks as (

    select cast(range as integer) as week_index
    from range(0, 260)
    inner join windows on range * 7 < windows.days

),

per_capability as (

    select
        visit_weeks.account_id,
        weeks.week_index,
        visit_weeks.capability,
        count(distinct visit_weeks.visit_week_index) as weeks_visited,
    from visit_weeks
    inner join weeks
        on
            visit_weeks.visit_week_index >= weeks.week_index
            and visit_weeks.visit_week_index < weeks.week_index + 8
    group by visit_weeks.account_id, weeks.week_index, visit_weeks.capability

),

final as (

    select
        account_id,
        week_index,
        max(weeks_visited) as repeat_weeks_56d,
    from per_capability
    group by account_id, week_index

)

select * from final
