-- One row per opportunity and decision week: what the scores look at, side by side, each in its own unit and as it was known
-- at the week's end. Null = unknown.
with decisions as (

    select * from {{ ref('int_opportunity__decision_week') }}

),

weeks as (

    select * from {{ ref('int_opportunity__week') }}

),

stages as (

    select * from {{ ref('int_opportunity__stage') }}

),

signals as (

    select * from {{ ref('int_opportunity__decision_signal') }}

),

activity_changes as (

    select * from {{ ref('int_opportunity__activity_change') }}

),

people as (

    select * from {{ ref('int_opportunity__people_week') }}

),

capability_repeats as (

    select * from {{ ref('int_opportunity__capability_repeat') }}

),

discount_patterns as (

    select * from {{ ref('int_opportunity__discount_pattern') }}

),

-- a source that was not delivered leaves its signals unknown; one that was delivered makes silence a fact
coverage as (

    select * from {{ ref('int_opportunity__coverage') }}

),

states as (

    select * from {{ ref('int_opportunity__state') }}

),

segments as (

    select * from {{ ref('dim_segment') }}

),

-- a step forward that was taken back within the four weeks is no progress
stage_progress as (

    select
        weeks.opportunity_id,
        weeks.week_index,
        case
            when stages.stages_left is not null and earlier_stages.stages_left is not null
                then least(weeks.stage_moves_28d, greatest(earlier_stages.stages_left - stages.stages_left, 0))
            else weeks.stage_moves_28d
        end as stages_forward,
    from weeks
    left join stages on weeks.stage_name = stages.stage_name
    left join weeks as earlier_weeks
        on weeks.opportunity_id = earlier_weeks.opportunity_id and weeks.week_index + 4 = earlier_weeks.week_index
    left join stages as earlier_stages on earlier_weeks.stage_name = earlier_stages.stage_name

),

-- today's amount is known without a history too
amounts as (

    select
        weeks.opportunity_id,
        weeks.week_index,
        coalesce(weeks.amount, case when weeks.week_index = 0 then states.amount end) as amount,
    from weeks
    inner join states on weeks.opportunity_id = states.opportunity_id

),

-- demands of each kind that somebody recorded
deliveries as (

    select
        opportunity_id,
        week_index,
        cast(
            coalesce(customisation_requests, 0) + coalesce(integration_count, 0) + coalesce(implementation_promises, 0) as double
        )
        / nullif(
            cast(customisation_requests is not null as integer)
            + cast(integration_count is not null as integer)
            + cast(implementation_promises is not null as integer), 0
        ) as demands_per_kind,
    from signals

),

final as (

    select
        decisions.opportunity_id,
        decisions.week_index,
        cast(activity_changes.activity_change as double) as activity_change,
        cast(people.active_contacts as double) as active_contacts,
        cast(people.seniority_levels as double) as seniority_spread,
        -- an account filled in later says nothing about what was looked at before
        case
            when coverage.has_capability_visits and states.account_basis != 'today'
                then cast(coalesce(capability_repeats.repeat_weeks_56d, 0) as double)
        end as capability_repeat,
        cast(stage_progress.stages_forward as double) as stage_progress,
        1 - decisions.win_probability as lose_probability,
        cast(people.stakeholder_turnover as double) as stakeholder_turnover,
        1 - cast(cast(signals.success_criteria_documented as integer) as double) as missing_success_criteria,
        cast(decisions.stage_age_days as double) as stage_age,
        cast(weeks.push_count as double) as close_date_pushes,
        cast(signals.procurement_steps as double) as procurement_steps,
        cast(signals.integration_count as double) as integrations,
        cast(signals.customisation_requests as double) as customisation,
        deliveries.demands_per_kind as delivery_complexity,
        cast(cast(signals.compliance_review as integer) as double) as compliance_review,
        cast(cast(signals.security_review as integer) as double) as security_review,
        cast(signals.promised_onboarding_days as double) as short_onboarding,
        cast(weeks.owner_changes as double) as owner_changes,
        segments.contribution_per_arr_12m_mean as segment_contribution,
        cast(signals.discount_pct as double) as discount,
        cast(discount_patterns.discount_steps as double) as discount_pattern,
        segments.support_cost_per_arr_year_mean as segment_support,
        case when amounts.amount > 0 then cast(signals.services_amount as double) / cast(amounts.amount as double) end
            as services_share,
        cast(signals.payment_terms_days as double) as payment_terms,
        -- promises alone say little of the work; without them the requests stand for themselves
        cast(signals.customisation_requests + coalesce(signals.implementation_promises, 0) as double) as delivery_load,
    from decisions
    cross join coverage
    inner join weeks on decisions.opportunity_id = weeks.opportunity_id and decisions.week_index = weeks.week_index
    inner join states on decisions.opportunity_id = states.opportunity_id
    left join amounts
        on decisions.opportunity_id = amounts.opportunity_id and decisions.week_index = amounts.week_index
    left join stage_progress
        on decisions.opportunity_id = stage_progress.opportunity_id and decisions.week_index = stage_progress.week_index
    left join signals on decisions.opportunity_id = signals.opportunity_id and decisions.week_index = signals.week_index
    left join deliveries
        on decisions.opportunity_id = deliveries.opportunity_id and decisions.week_index = deliveries.week_index
    left join activity_changes
        on decisions.opportunity_id = activity_changes.opportunity_id and decisions.week_index = activity_changes.week_index
    left join people on decisions.opportunity_id = people.opportunity_id and decisions.week_index = people.week_index
    left join capability_repeats
        on states.account_id = capability_repeats.account_id and decisions.week_index = capability_repeats.week_index
    left join discount_patterns
        on
            decisions.opportunity_id = discount_patterns.opportunity_id
            and decisions.week_index = discount_patterns.week_index
    left join segments on decisions.segment_id = segments.segment_id

)

select * from final
