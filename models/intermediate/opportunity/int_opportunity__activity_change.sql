-- One row per opportunity and decision week with four weeks behind it: how many more days a week it was worked on in the four
-- weeks that end with it than in the eight before, in calm weeks. The busiest week of every four is left out, and what comes
-- from a single contact is no increase. Null = too young to have a past.
with decisions as (

    select * from {{ ref('int_opportunity__decision_week') }}

),

weeks as (

    select * from {{ ref('int_opportunity__week') }}

),

activity_weeks as (

    select * from {{ ref('int_opportunity__activity_week') }}

),

activities as (

    select * from {{ ref('int_opportunity__activity') }}

),

coverage as (

    select * from {{ ref('int_opportunity__coverage') }}

),

-- before the company's first recorded work silence says nothing
recording as (

    select max(week_index) as first_week_index from activity_weeks

),

spine as (

    select
        decisions.opportunity_id,
        decisions.week_index,
        least(weeks.prior_weeks, recording.first_week_index - decisions.week_index - 3) as known_prior_weeks,
        coverage.has_activity_contacts,
    from decisions
    inner join weeks
        on decisions.opportunity_id = weeks.opportunity_id and decisions.week_index = weeks.week_index
    cross join coverage
    cross join recording
    where
        coverage.has_activities
        -- four weeks of the deal, and of the company's records
        and weeks.deal_age_days >= 21
        and recording.first_week_index - decisions.week_index >= 3

),

ages as (

    select cast(range as integer) as age
    from range(0, 12)

),

window_weeks as (

    select
        spine.opportunity_id,
        spine.week_index,
        spine.known_prior_weeks,
        spine.has_activity_contacts,
        ages.age,
        coalesce(activity_weeks.distinct_days, 0) as distinct_days,
    from spine
    cross join ages
    left join activity_weeks
        on
            spine.opportunity_id = activity_weeks.opportunity_id
            and spine.week_index + ages.age = activity_weeks.week_index
    where ages.age < 4 + greatest(spine.known_prior_weeks, 0)

),

changes as (

    select
        opportunity_id,
        week_index,
        any_value(has_activity_contacts) as has_activity_contacts,
        any_value(known_prior_weeks) as known_prior_weeks,
        list(least(distinct_days, 3)) filter (where age < 4) as recent_days,
        list(least(distinct_days, 3)) filter (where age >= 4) as prior_days,
        {{ mean_of_calm_weeks('recent_days') }} as recent_rate,
        {{ mean_of_calm_weeks('prior_days') }} as prior_rate,
    from window_weeks
    group by opportunity_id, week_index

),

days as (

    select
        opportunity_id,
        week_index,
        activity_on,
        -- work with nobody named counts as one more contact
        case when count(distinct coalesce(contact_id, 'nobody')) = 1 then any_value(coalesce(contact_id, 'nobody')) end
            as only_contact_id,
    from activities
    group by opportunity_id, week_index, activity_on

),

contact_days as (

    select
        opportunity_id,
        week_index,
        only_contact_id as contact_id,
        count(*) as own_days,
    from days
    where only_contact_id is not null
    group by opportunity_id, week_index, only_contact_id

),

-- an increase must stand without what was lately done with any one of the contacts
rising as (

    select distinct
        changes.opportunity_id,
        changes.week_index,
        contact_days.contact_id,
    from changes
    inner join contact_days
        on
            changes.opportunity_id = contact_days.opportunity_id
            and contact_days.week_index between changes.week_index and changes.week_index + 3
    where changes.has_activity_contacts and changes.recent_rate > changes.prior_rate

),

without_contact as (

    select
        rising.opportunity_id,
        rising.week_index,
        rising.contact_id,
        list(least(window_weeks.distinct_days - coalesce(contact_days.own_days, 0), 3)) filter (where window_weeks.age < 4)
            as recent_days,
        {{ mean_of_calm_weeks('recent_days') }} as recent_rate,
    from rising
    inner join window_weeks
        on rising.opportunity_id = window_weeks.opportunity_id and rising.week_index = window_weeks.week_index
    left join contact_days
        on
            rising.opportunity_id = contact_days.opportunity_id
            and rising.contact_id = contact_days.contact_id
            and rising.week_index + window_weeks.age = contact_days.week_index
    group by rising.opportunity_id, rising.week_index, rising.contact_id

),

weakest as (

    select
        opportunity_id,
        week_index,
        min(recent_rate) as recent_rate,
    from without_contact
    group by opportunity_id, week_index

),

final as (

    select
        changes.opportunity_id,
        changes.week_index,
        changes.recent_rate,
        case when changes.known_prior_weeks >= 3 then changes.prior_rate end as prior_rate,
        case
            -- silence is no change for a deal that has been silent all along, but it is no motion either
            when changes.recent_rate = 0 then -1
            -- nor does one contact alone wake a deal that slept
            when changes.prior_rate = 0 and weakest.recent_rate = 0 then -1
            when changes.known_prior_weeks >= 3
                then least(
                    changes.recent_rate - changes.prior_rate,
                    coalesce(greatest(weakest.recent_rate - changes.prior_rate, 0), changes.recent_rate - changes.prior_rate)
                )
        end as activity_change,
    from changes
    left join weakest on changes.opportunity_id = weakest.opportunity_id and changes.week_index = weakest.week_index

)

select * from final
