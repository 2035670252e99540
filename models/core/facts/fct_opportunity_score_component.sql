-- One row per open opportunity, week (0 = this week, 1 = the week before), dimension and component: the raw value,
-- where it lies between 0 and 100, and its weight. An unknown value has no score and carries no weight. Not additive
-- across dimensions.
with opportunities as (

    select * from {{ ref('fct_opportunity') }}
    where is_open

),

weeks as (

    select * from {{ ref('int_opportunity__week') }}
    where week_index in (0, 1)

),

signals as (

    select * from {{ ref('int_opportunity__signal') }}

),

win_probabilities as (

    select * from {{ ref('int_opportunity__win_probability') }}

),

capability_repeats as (

    select * from {{ ref('int_opportunity__capability_repeat') }}

),

-- a source that was not delivered leaves its signals unknown; one that was delivered makes silence a fact
coverage as (

    select * from {{ ref('int_opportunity__coverage') }}

),

-- an account filled in later says nothing about what was looked at before
states as (

    select * from {{ ref('int_opportunity__state') }}
    where account_basis != 'today'

),

segments as (

    select * from {{ ref('dim_segment') }}

),

components as (

    select * from {{ ref('score_component') }}

),

wide as (

    select
        opportunities.opportunity_id,
        weeks.week_index,
        case
            when not coverage.has_activities then null
            -- silence is no change for a deal that has been silent all along, but it is no motion either
            when weeks.active_days_28d = 0 then -1
            when weeks.prior_weeks >= 2
                then cast(weeks.active_days_28d as double) / 4 - cast(weeks.active_days_prior_56d as double) / weeks.prior_weeks
        end as activity_change,
        case when coverage.has_activity_contacts then cast(weeks.contacts_28d as double) end as active_contacts,
        case when opportunities.has_history then cast(weeks.stage_moves_28d as double) end as stage_progress,
        case
            when coverage.has_capability_visits and states.opportunity_id is not null
                then cast(coalesce(capability_repeats.repeat_weeks_56d, 0) as double)
        end as capability_repeat,
        case when coverage.has_activities then cast(weeks.active_weeks_28d as double) end as steady_presence,
        1 - win_probabilities.win_probability as lose_probability,
        cast(weeks.stage_age_days as double) as stage_age,
        case when opportunities.has_history then cast(weeks.push_count as double) end as close_date_pushes,
        cast(signals.procurement_steps as double) as procurement_steps,
        cast(signals.integration_count as double) as integrations,
        cast(signals.customisation_requests as double) as customisation,
        1 - cast(cast(signals.success_criteria_documented as integer) as double) as missing_success_criteria,
        cast(cast(signals.compliance_review as integer) as double) as compliance_review,
        cast(cast(signals.security_review as integer) as double) as security_review,
        cast(signals.owner_changes as double) as owner_changes,
        segments.contribution_per_arr_12m_mean as segment_contribution,
        cast(signals.discount_pct as double) as discount,
        segments.support_cost_per_arr_year_mean as segment_support,
        case
            when opportunities.amount > 0
                then cast(signals.services_amount as double) / cast(opportunities.amount as double)
        end as services_share,
        cast(signals.payment_terms_days as double) as payment_terms,
        cast(coalesce(signals.customisation_requests + signals.implementation_promises, signals.customisation_requests) as double)
            as delivery_load,
    from opportunities
    inner join weeks on opportunities.opportunity_id = weeks.opportunity_id
    left join signals on opportunities.opportunity_id = signals.opportunity_id
    left join win_probabilities
        on opportunities.opportunity_id = win_probabilities.opportunity_id and weeks.week_index = win_probabilities.week_index
    left join states on opportunities.opportunity_id = states.opportunity_id
    left join capability_repeats
        on states.account_id = capability_repeats.account_id and weeks.week_index = capability_repeats.week_index
    cross join coverage
    left join segments on opportunities.segment_id = segments.segment_id

),

long as (

    unpivot wide on columns(* exclude (opportunity_id, week_index)) into name component value raw_value

),

spine as (

    select
        wide.opportunity_id,
        wide.week_index,
        components.*,
    from wide
    cross join components

),

final as (

    select
        spine.opportunity_id,
        spine.week_index,
        spine.dimension,
        spine.component,
        spine.weight,
        long.raw_value,
        long.raw_value is not null as is_known,
        -- greatest() passes over nulls, so an unknown value would score 0
        case
            when long.raw_value is not null then round(
                100 * least(
                    greatest(
                        (long.raw_value - spine.value_at_0) / (spine.value_at_100 - spine.value_at_0), 0
                    ), 1
                ), 2
            )
        end as component_score,
    from spine
    left join long
        on
            spine.opportunity_id = long.opportunity_id
            and spine.week_index = long.week_index
            and spine.component = long.component

)

select * from final
