-- One row per scored origin and opportunity: the segment by the rules that could be learned by then. A signal that is
-- missing takes the value that those rules state for it.
with features as (

    select * from {{ ref('int_opportunity__segment_feature') }}

),

rules as (

    select * from {{ ref('stg_predictions__backtest_segment_rule') }}

),

feature_values as (

    unpivot (
        select
            opportunity_id,
            discount_pct,
            contract_term_months,
            payment_terms_days,
            customisation_requests,
            implementation_promises,
            services_share,
            promised_onboarding_days,
            has_success_criteria,
            stakeholder_count,
            days_per_stage,
            push_count,
            active_days_per_week,
        from features
    ) on columns(* exclude (opportunity_id))
    into name feature value feature_value

),

clauses as (

    select
        features.opportunity_id,
        rules.origin_on,
        rules.segment_version,
        rules.segment_id,
        case
            when rules.operator = '<=' then coalesce(feature_values.feature_value, rules.missing_value) <= rules.threshold
            else coalesce(feature_values.feature_value, rules.missing_value) > rules.threshold
        end as is_met,
    from features
    cross join rules
    left join feature_values
        on features.opportunity_id = feature_values.opportunity_id and rules.feature = feature_values.feature

),

final as (

    select
        origin_on,
        opportunity_id,
        segment_version,
        segment_id,
    from clauses
    group by origin_on, opportunity_id, segment_version, segment_id
    having bool_and(is_met)

)

select * from final
