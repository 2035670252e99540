-- The one row of what the company delivered about its deals by the as-of day. A source that was delivered makes silence a
-- fact; one that was not leaves what it would tell unknown.
with deals as (

    select
        count(*) as n_deals,
        count(modified_at) > 0 as has_change_times,
    from {{ ref('int_opportunity__present_row') }}

),

histories as (

    select count(distinct opportunity_id) as n_deals
    from {{ ref('int_opportunity__event') }}
    where stage_name is not null

),

activities as (

    select
        count(*) > 0 as has_activities,
        count(contact_id) > 0 as has_activity_contacts,
    from {{ ref('int_opportunity__activity') }}

),

stakeholders as (

    select count(*) > 0 as has_stakeholders
    from {{ ref('int_opportunity__stakeholder') }}

),

capability_visits as (

    select count(*) > 0 as has_capability_visits
    from {{ ref('int_opportunity__capability_repeat') }}

),

owner_changes as (

    select count(*) > 0 as has_owner_tracking
    from {{ ref('int_opportunity__owner_change') }}

),

field_changes as (

    select count(*) > 0 as has_field_history
    from {{ ref('int_opportunity__field_change') }}
    where is_known

),

final as (

    select
        -- a handful of deals that happen to have versions is no history of the company
        histories.n_deals > 0 and histories.n_deals * 10 >= deals.n_deals as has_stage_history,
        activities.has_activities,
        activities.has_activity_contacts,
        stakeholders.has_stakeholders,
        capability_visits.has_capability_visits,
        owner_changes.has_owner_tracking,
        field_changes.has_field_history,
        deals.has_change_times,
    from deals
    cross join histories
    cross join activities
    cross join stakeholders
    cross join capability_visits
    cross join owner_changes
    cross join field_changes

)

select * from final
