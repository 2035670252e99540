-- A row is a week whose hours in the mart are not those recorded on deals that were open in it, counted here straight from the
-- deals' work and dates. It does not claim that sellers record all they do.
with weeks as (

    select
        decision_week_on,
        sum(hours_spent) as hours_spent,
    from {{ ref('mart_play_adherence') }}
    group by decision_week_on

),

first_week as (

    select min(decision_week_on) as first_week_on
    from {{ ref('fct_play_advice') }}

),

recorded as (

    select
        effort.decision_week_on,
        sum(effort.hours) as hours_recorded,
    from {{ ref('int_opportunity__effort_week') }} as effort
    cross join first_week
    inner join {{ ref('int_opportunity__state') }} as states on effort.opportunity_id = states.opportunity_id
    where
        effort.decision_week_on >= first_week.first_week_on
        and cast(states.created_at as date) <= effort.decision_week_on + 6
        and (states.closed_at is null or cast(states.closed_at as date) >= effort.decision_week_on)
    group by effort.decision_week_on

)

select
    coalesce(weeks.decision_week_on, recorded.decision_week_on) as decision_week_on,
    weeks.hours_spent,
    recorded.hours_recorded,
from weeks
full join recorded on weeks.decision_week_on = recorded.decision_week_on
where coalesce(weeks.hours_spent, 0) != coalesce(recorded.hours_recorded, 0)
