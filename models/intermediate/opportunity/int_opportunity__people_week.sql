-- One row per opportunity and decision week: how many people on the customer's side work on the deal, on how many levels of
-- seniority, and how many of them turned over in the last four weeks. Null = the company does not record it.
with decisions as (

    select * from {{ ref('int_opportunity__decision_week') }}

),

persons as (

    select * from {{ ref('int_opportunity__person_week') }}

),

contact_roles as (

    select * from {{ ref('int_opportunity__contact_role') }}

),

coverage as (

    select * from {{ ref('int_opportunity__coverage') }}

),

active as (

    select
        opportunity_id,
        week_index,
        count(*) filter (where is_active) as active_contacts,
        count(distinct level) filter (where is_active) as seniority_levels,
    from persons
    group by opportunity_id, week_index

),

role_weeks as (

    select
        decisions.opportunity_id,
        decisions.week_index,
        contact_roles.contact_id,
        contact_roles.is_decider,
        contact_roles.joined_at >= cast(decisions.snapshot_on - 27 as timestamp) as is_new,
        contact_roles.left_at < cast(decisions.snapshot_on + 1 as timestamp) as has_left,
        contact_roles.left_at >= cast(decisions.snapshot_on - 27 as timestamp) as was_there_lately,
    from decisions
    inner join contact_roles
        on
            decisions.opportunity_id = contact_roles.opportunity_id
            and contact_roles.joined_at < cast(decisions.snapshot_on + 1 as timestamp)

),

-- the first one to decide is no turnover
known_deciders as (

    select distinct
        opportunity_id,
        week_index,
    from role_weeks
    where is_decider and not is_new

),

turned_over as (

    select
        opportunity_id,
        week_index,
        contact_id,
    from persons
    where was_active and is_silent
    union
    select
        opportunity_id,
        week_index,
        contact_id,
    from role_weeks
    where has_left and was_there_lately
    union
    select
        role_weeks.opportunity_id,
        role_weeks.week_index,
        role_weeks.contact_id,
    from role_weeks
    inner join known_deciders
        on role_weeks.opportunity_id = known_deciders.opportunity_id and role_weeks.week_index = known_deciders.week_index
    where role_weeks.is_decider and role_weeks.is_new and not role_weeks.has_left

),

turnovers as (

    select
        opportunity_id,
        week_index,
        count(*) as turnover,
    from turned_over
    group by opportunity_id, week_index

),

final as (

    select
        decisions.opportunity_id,
        decisions.week_index,
        case when coverage.has_activity_contacts then coalesce(active.active_contacts, 0) end as active_contacts,
        case
            when not coverage.has_activity_contacts then null
            -- nobody has no level and one person one, whatever the title
            when coalesce(active.active_contacts, 0) <= 1 then coalesce(active.active_contacts, 0)
            when active.seniority_levels > 0 then active.seniority_levels
        end as seniority_levels,
        case
            when coverage.has_activity_contacts or coverage.has_stakeholders then coalesce(turnovers.turnover, 0)
        end as stakeholder_turnover,
    from decisions
    cross join coverage
    left join active on decisions.opportunity_id = active.opportunity_id and decisions.week_index = active.week_index
    left join turnovers
        on decisions.opportunity_id = turnovers.opportunity_id and decisions.week_index = turnovers.week_index

)

select * from final
