-- One row per opportunity: the segment whose every clause it meets. A missing signal takes the value the rules state
-- for it and lowers the evidence.
with features as (

    select * from {{ ref('int_opportunity__segment_feature') }}

),

rules as (

    select * from {{ ref('stg_predictions__segment_rule') }}

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
        rules.segment_version,
        rules.segment_id,
        rules.rule_order,
        rules.feature,
        feature_values.feature_value is not null as is_known,
        case
            when rules.operator = '<=' then coalesce(feature_values.feature_value, rules.missing_value) <= rules.threshold
            else coalesce(feature_values.feature_value, rules.missing_value) > rules.threshold
        end as is_met,
    from features
    cross join rules
    left join feature_values
        on features.opportunity_id = feature_values.opportunity_id and rules.feature = feature_values.feature

),

matched as (

    select
        opportunity_id,
        segment_version,
        segment_id,
        rule_order,
        count(*) as n_clauses,
        count(*) filter (where is_known) as n_known_clauses,
    from clauses
    group by opportunity_id, segment_version, segment_id, rule_order
    having bool_and(is_met)

),

final as (

    select
        opportunity_id,
        segment_version,
        segment_id,
        n_clauses,
        n_known_clauses,
        round(cast(n_known_clauses as double) / n_clauses, 4) as segment_confidence,
    from matched

)

select * from final
