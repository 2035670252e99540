-- One row per opportunity and week: the segment of the current version whose every clause the deal met at the week's end,
-- by what was known then. The segment at the close would know how far the deal came: a deal lost early never had a discount
-- to look at. A missing number takes the value the rules state for it, a missing category is in no list.
with features as (

    select * from {{ ref('int_opportunity__week_segment_feature') }}

),

rules as (

    select * from {{ ref('stg_predictions__segment_rule') }}

),

-- only what the rules ask
used_features as (

    select distinct feature
    from rules

),

feature_values as (

    unpivot (
        select * exclude (lead_source)
        from features
    ) on columns(* exclude (opportunity_id, week_index))
    into name feature value feature_value

),

used_values as (

    select feature_values.*
    from feature_values
    inner join used_features on feature_values.feature = used_features.feature

),

clauses as (

    select
        features.opportunity_id,
        features.week_index,
        rules.segment_id,
        {{ meets_clause('rules', 'coalesce(used_values.feature_value, rules.missing_value)', 'features.lead_source') }}
            as is_met,
    from features
    cross join rules
    left join used_values
        on
            features.opportunity_id = used_values.opportunity_id
            and features.week_index = used_values.week_index
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
