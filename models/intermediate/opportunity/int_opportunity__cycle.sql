-- One row per decided new-business deal: how many days it took from creation to decision, or why nobody knows. A row that was
-- typed in when the deal was over, moved in bulk from another system or first seen near its end says when it was entered, not
-- when it began.
with states as (

    select * from {{ ref('int_opportunity__state') }}

),

events as (

    select * from {{ ref('int_opportunity__event') }}
    where change_order = 1

),

stages as (

    select * from {{ ref('int_opportunity__stage') }}

),

limits as (

    {{ pick_limits(ref('velocity_limit'), ['least_open_days', 'latest_first_stage', 'bulk_day_deals', 'bulk_day_share']) }}

),

-- deals of every kind: a move to another system brings them all
creation_days as (

    select
        cast(created_at as date) as created_on,
        count(*) as n_created,
        sum(count(*)) over () as n_all,
    from states
    group by cast(created_at as date)

),

bulk_days as (

    select creation_days.created_on
    from creation_days
    cross join limits
    where
        creation_days.n_created >= limits.bulk_day_deals
        and creation_days.n_created >= limits.bulk_day_share * creation_days.n_all

),

timed as (

    select
        states.opportunity_id,
        states.is_won,
        {{ days_between('states.created_at', 'states.closed_at') }} as days_recorded,
        case
            when states.created_basis in ('close_date', 'first_sight') then 'creation_unknown'
            -- a day's grace: creation is UTC, the close date is the company's
            when {{ days_between('states.close_on', 'states.created_at') }} > 1 then 'closed_before_created'
            when bulk_days.created_on is not null then 'entered_in_bulk'
            when events.is_closed or days_recorded < limits.least_open_days then 'entered_when_decided'
            when stages.stage_position > limits.latest_first_stage then 'entered_late'
            else 'known'
        end as cycle_status,
    from states
    cross join limits
    left join events on states.opportunity_id = events.opportunity_id
    left join stages on events.stage_name = stages.stage_name
    left join bulk_days on cast(states.created_at as date) = bulk_days.created_on
    where states.is_closed and states.deal_type = 'new_business'

),

final as (

    select
        opportunity_id,
        is_won,
        cycle_status,
        case when cycle_status = 'known' then days_recorded end as cycle_days,
    from timed

)

select * from final
