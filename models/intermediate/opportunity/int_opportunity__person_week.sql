-- One row per opportunity, decision week and person on the customer's side who was in touch in the twelve weeks that end with
-- it: whether they are active now, were before, and how senior they are. Active = in touch in the last four weeks, and met in
-- them or in touch in two weeks of eight: however many messages go to somebody in one week, they are one sign of life.
with decisions as (

    select * from {{ ref('int_opportunity__decision_week') }}

),

activities as (

    select * from {{ ref('int_opportunity__activity') }}
    where contact_id is not null

),

titles as (

    select * from {{ ref('int_opportunity__contact_level') }}

),

contact_roles as (

    select * from {{ ref('int_opportunity__contact_role') }}

),

-- two records of one person count once
touches as (

    select
        activities.opportunity_id,
        activities.week_index,
        coalesce(titles.person_id, activities.contact_id) as contact_id,
        bool_or(activities.activity_kind = 'meeting') as is_met,
    from activities
    left join titles on activities.contact_id = titles.contact_id
    group by all

),

touched as (

    select distinct
        opportunity_id,
        contact_id,
    from touches

),

levels as (

    select
        touched.opportunity_id,
        touched.contact_id,
        coalesce(titles.level, contact_roles.level) as level,
    from touched
    left join titles on touched.contact_id = titles.contact_id
    left join contact_roles
        on touched.opportunity_id = contact_roles.opportunity_id and touched.contact_id = contact_roles.contact_id

),

counted as (

    select
        decisions.opportunity_id,
        decisions.week_index,
        touches.contact_id,
        count(*) filter (where touches.week_index < decisions.week_index + 4) as recent_weeks,
        count(*) filter (where touches.week_index < decisions.week_index + 8) as regular_weeks,
        count(*) filter (where touches.week_index >= decisions.week_index + 4) as prior_weeks,
        coalesce(bool_or(touches.is_met) filter (where touches.week_index < decisions.week_index + 4), false) as is_met_lately,
        coalesce(bool_or(touches.is_met) filter (where touches.week_index >= decisions.week_index + 4), false) as is_met_before,
    from decisions
    inner join touches
        on
            decisions.opportunity_id = touches.opportunity_id
            and touches.week_index between decisions.week_index and decisions.week_index + 11
    group by decisions.opportunity_id, decisions.week_index, touches.contact_id

),

final as (

    select
        counted.opportunity_id,
        counted.week_index,
        counted.contact_id,
        levels.level,
        counted.is_met_lately or (counted.recent_weeks > 0 and counted.regular_weeks >= 2) as is_active,
        counted.is_met_before or counted.prior_weeks >= 2 as was_active,
        counted.recent_weeks = 0 as is_silent,
    from counted
    inner join levels on counted.opportunity_id = levels.opportunity_id and counted.contact_id = levels.contact_id

)

select * from final
