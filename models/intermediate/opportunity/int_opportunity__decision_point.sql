-- One row per opportunity, past week and kind of look back: the four-weekly points at which it was open (is_decision_point), and
-- the lots in which it took part, each with the last state before the Monday of the lot. Tells the days between which hours count
-- as spent before and after, and the day by which it must have been won. Only where the whole outcome window is over.
with decisions as (

    select * from {{ ref('int_opportunity__decision_week') }}

),

limits as (

    select
        cast(max(value) filter (where limit_key = 'decision_every_weeks') as integer) as decision_every_weeks,
        cast(max(value) filter (where limit_key = 'action_weeks') as integer) as action_weeks,
        cast(max(value) filter (where limit_key = 'outcome_weeks') as integer) as outcome_weeks,
    from {{ ref('policy_value_limit') }}

),

-- a sure draw leaves nothing to compare
issued as (

    select * from {{ ref('stg_ledger__issued_play') }}
    where is_latest and propensity > 0 and propensity < 1

),

states as (

    select * from {{ ref('int_opportunity__state') }}

),

points as (

    select
        decisions.opportunity_id,
        decisions.week_index,
        decisions.snapshot_on,
        true as is_decision_point,
        cast(null as double) as slot_propensity,
        cast(null as boolean) as is_slot,
        cast(null as varchar) as slot_owner_user_id,
        -- hours stand by Monday weeks: the first that begins on the day of the decision or after it
        {{ get_week_start('decisions.snapshot_on + 6') }} as action_from_on,
        cast(decisions.snapshot_on + 7 * limits.outcome_weeks as date) as outcome_until_on,
    from decisions
    cross join limits
    where
        decisions.week_index >= limits.outcome_weeks
        and (decisions.week_index - limits.outcome_weeks) % nullif(limits.decision_every_weeks, 0) = 0

),

-- what a lot decides begins on its Monday; a state of that day or later could know what came of it
slots as (

    select
        decisions.opportunity_id,
        decisions.week_index,
        decisions.snapshot_on,
        false as is_decision_point,
        issued.propensity as slot_propensity,
        issued.is_randomised as is_slot,
        issued.owner_user_id as slot_owner_user_id,
        issued.decision_week_on as action_from_on,
        cast(issued.decision_week_on + 7 * limits.outcome_weeks - 1 as date) as outcome_until_on,
    from decisions
    cross join limits
    inner join issued
        on
            decisions.opportunity_id = issued.opportunity_id
            and {{ get_week_start('decisions.snapshot_on + 7') }} = issued.decision_week_on

),

unioned as (

    select * from points

    union all

    select * from slots
    where outcome_until_on <= {{ as_of_date() }}

),

final as (

    select
        unioned.opportunity_id,
        unioned.week_index,
        unioned.snapshot_on,
        unioned.is_decision_point,
        unioned.slot_propensity,
        unioned.is_slot,
        unioned.slot_owner_user_id,
        unioned.action_from_on,
        cast(unioned.action_from_on - 7 * limits.action_weeks as date) as before_from_on,
        cast(unioned.action_from_on + 7 * limits.action_weeks as date) as action_until_on,
        -- a deal that is decided in the first week had one week to be worked in, and not four
        greatest(
            least(
                limits.action_weeks,
                coalesce({{ days_between('unioned.action_from_on', 'states.closed_at') }} // 7 + 1, limits.action_weeks)
            ),
            1
        ) as open_weeks,
        unioned.outcome_until_on,
        coalesce(states.is_won and cast(states.closed_at as date) <= unioned.outcome_until_on, false) as is_won_within,
    from unioned
    cross join limits
    inner join states on unioned.opportunity_id = states.opportunity_id
    where
        -- decided before the first Monday: there was nothing left to choose. Of a lot nobody is left out, whatever came after
        not unioned.is_decision_point
        or coalesce(cast(states.closed_at as date) >= unioned.action_from_on, true)

)

select * from final
