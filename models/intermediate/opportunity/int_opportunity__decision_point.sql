-- One row per opportunity and past week that is looked back at: the four-weekly points at which it was open, and the weeks in
-- which an hour was placed by lot. The days between which hours count as spent before and after, and the day by which it must
-- have been won. Only points whose whole outcome window is over.
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

-- the play as it stood when the week was decided
issued as (

    select * from {{ ref('stg_ledger__issued_play') }}
    where is_latest and propensity is not null

),

states as (

    select * from {{ ref('int_opportunity__state') }}

),

dated as (

    select
        decisions.*,
        (decisions.week_index - limits.outcome_weeks) % nullif(limits.decision_every_weeks, 0) = 0 as is_decision_point,
        issued.propensity as slot_propensity,
        issued.is_randomised as is_slot,
        limits.action_weeks,
        -- hours stand by Monday weeks: the first that begins on the day of the decision or after it
        cast(date_trunc('week', decisions.snapshot_on + 6) as date) as action_from_on,
        cast(decisions.snapshot_on + 7 * limits.outcome_weeks as date) as outcome_until_on,
    from decisions
    cross join limits
    left join issued
        on decisions.opportunity_id = issued.opportunity_id and decisions.decision_week_on = issued.decision_week_on
    where decisions.week_index >= limits.outcome_weeks

),

final as (

    select
        dated.opportunity_id,
        dated.week_index,
        dated.snapshot_on,
        dated.is_decision_point,
        dated.slot_propensity,
        dated.is_slot,
        dated.action_from_on,
        cast(dated.action_from_on - 7 * dated.action_weeks as date) as before_from_on,
        cast(dated.action_from_on + 7 * dated.action_weeks as date) as action_until_on,
        -- a deal that is decided in the first week had one week to be worked in, and not four
        least(
            dated.action_weeks,
            coalesce({{ days_between('dated.action_from_on', 'states.closed_at') }} // 7 + 1, dated.action_weeks)
        ) as open_weeks,
        dated.outcome_until_on,
        coalesce(states.is_won and cast(states.closed_at as date) <= dated.outcome_until_on, false) as is_won_within,
    from dated
    inner join states on dated.opportunity_id = states.opportunity_id
    where
        (dated.is_decision_point or dated.slot_propensity is not null)
        -- decided before the first Monday: there was nothing left to choose
        and coalesce(cast(states.closed_at as date) >= dated.action_from_on, true)

)

select * from final
