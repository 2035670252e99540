-- One row per opportunity and week: the segment of the current version whose every clause the deal met at the week's end,
-- by what was known then. The segment at the close would know how far the deal came: a deal lost early never had a discount
-- to look at. A missing signal takes the value the rules state for it.
with weeks as (

    select * from {{ ref('int_opportunity__week') }}

),

signals as (

    select * from {{ ref('int_opportunity__week_signal') }}

),

rules as (

    select * from {{ ref('stg_predictions__segment_rule') }}

),

coverage as (

    select * from {{ ref('int_opportunity__coverage') }}

),

counted as (

    select
        *,
        sum(active_days) over (
            partition by opportunity_id order by week_index desc rows between unbounded preceding and current row
        ) as active_days_so_far,
    from weeks

),

features as (

    select
        counted.opportunity_id,
        counted.week_index,
        cast(signals.discount_pct as double) as discount_pct,
        cast(signals.contract_term_months as double) as contract_term_months,
        cast(signals.payment_terms_days as double) as payment_terms_days,
        cast(signals.customisation_requests as double) as customisation_requests,
        cast(signals.implementation_promises as double) as implementation_promises,
        case
            when counted.amount > 0
                then round(cast(signals.services_amount as double) / cast(counted.amount as double), 6)
        end as services_share,
        cast(signals.promised_onboarding_days as double) as promised_onboarding_days,
        cast(cast(signals.success_criteria_documented as integer) as double) as has_success_criteria,
        cast(counted.stakeholder_count as double) as stakeholder_count,
        -- completed steps only, as in int_opportunity__segment_feature
        case
            when counted.forward_moves > 0
                then round(cast(counted.deal_age_days - counted.stage_age_days as double) / counted.forward_moves, 4)
        end as days_per_stage,
        cast(counted.push_count as double) as push_count,
        case
            when coverage.has_activities
                then round(cast(counted.active_days_so_far as double) * 7 / greatest(counted.deal_age_days, 7), 4)
        end as active_days_per_week,
    from counted
    cross join coverage
    left join signals on counted.opportunity_id = signals.opportunity_id and counted.week_index = signals.week_index

),

feature_values as (

    unpivot features on columns(* exclude (opportunity_id, week_index)) into name feature value feature_value

),

-- only what the rules ask
used_features as (

    select distinct feature
    from rules

),

used_values as (

    select feature_values.*
    from feature_values
    inner join used_features on feature_values.feature = used_features.feature

),

clauses as (

    select
        weeks.opportunity_id,
        weeks.week_index,
        rules.segment_id,
        case
            when rules.operator = '<=' then coalesce(used_values.feature_value, rules.missing_value) <= rules.threshold
            else coalesce(used_values.feature_value, rules.missing_value) > rules.threshold
        end as is_met,
    from weeks
    cross join rules
    left join used_values
        on
            weeks.opportunity_id = used_values.opportunity_id
            and weeks.week_index = used_values.week_index
            and rules.feature = used_values.feature

),

final as (

    select
        opportunity_id,
        week_index,
        segment_id,
    from clauses
    group by opportunity_id, week_index, segment_id
    having bool_and(is_met)

)

select * from final
