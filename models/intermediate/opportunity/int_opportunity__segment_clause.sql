-- One row per opportunity, version of the segments and clause of the segment it is in: the signal that was looked at, on
-- which side of the bound it lies and how sure that is. A signal that is missing takes the value the rules state for it.
with features as (

    select * from {{ ref('int_opportunity__segment_feature') }}

),

rules as (

    select * from {{ ref('stg_predictions__segment_rule_version') }}

),

feature_values as (

    select * from {{ ref('int_opportunity__segment_value') }}

),

clauses as (

    select
        rules.*,
        features.opportunity_id,
        feature_values.feature_value,
        case when rules.feature = 'lead_source' then features.lead_source end as feature_category,
        feature_values.feature_value is not null or feature_category is not null as is_known,
        {{ meets_clause('rules', 'coalesce(feature_values.feature_value, rules.missing_value)', 'feature_category') }}
            as is_met,
    from features
    cross join rules
    left join feature_values
        on features.opportunity_id = feature_values.opportunity_id and rules.feature = feature_values.feature

),

matched as (

    select
        *,
        bool_and(is_met) over (partition by opportunity_id, segment_version, segment_id) as is_in_segment,
    from clauses

),

final as (

    select
        opportunity_id,
        segment_version,
        segment_id,
        rule_order,
        clause_order,
        feature,
        operator,
        threshold,
        threshold_se,
        categories,
        feature_value,
        feature_category,
        is_known,
        case
            when not is_known then missing_share
            when threshold_se > 0
                -- the normal distribution by its logistic neighbour, at most one per cent apart
                then round(1 / (1 + exp(-1.702 * least(abs(feature_value - threshold) / threshold_se, 30))), 8)
            else 1
        end as side_probability,
    from matched
    where is_in_segment

)

select * from final
