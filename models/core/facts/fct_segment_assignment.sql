-- One row per opportunity: the segment it counts in, the signals that decided it in words and values, and the bound it is
-- least sure to be on the right side of, with the segment that lies beyond. For a deal that counts with its customer these
-- are signals and bounds of the deal that brought the customer in.
with segments as (

    select * from {{ ref('int_opportunity__value_segment') }}

),

in_force as (

    select distinct segment_version
    from segments

),

clauses as (

    select clauses.*
    from {{ ref('int_opportunity__segment_clause') }} as clauses
    inner join in_force on clauses.segment_version = in_force.segment_version

),

rules as (

    select * from {{ ref('stg_predictions__segment_rule') }}

),

features as (

    select * from {{ ref('segment_feature') }}

),

all_values as (

    select * from {{ ref('int_opportunity__segment_feature') }}

),

customers as (

    select
        opportunity_id,
        min(customer_id) as customer_id,
    from {{ ref('int_lifecycle__customer') }}
    where opportunity_id is not null
    group by opportunity_id

),

-- one condition per signal, in the order of the rule
signals as (

    select
        clauses.opportunity_id,
        clauses.feature,
        min(clauses.clause_order) as signal_order,
        bool_and(clauses.is_known) as is_known,
        features.unit,
        coalesce(
            any_value(clauses.feature_category),
            rtrim(rtrim(format('{:.4f}', any_value(clauses.feature_value)), '0'), '.'), 'unknown'
        ) as value_text,
    from clauses
    left join features on clauses.feature = features.feature
    where abs(coalesce(clauses.threshold, 0)) < 1e9
    group by clauses.opportunity_id, clauses.feature, features.unit

),

deciding as (

    select
        opportunity_id,
        string_agg(replace(feature, '_', ' ') || ' ' || value_text, '; ' order by signal_order) as deciding_signals,
        string_agg(feature || '=' || value_text, '|' order by signal_order) as deciding_values,
        string_agg(case when not is_known then replace(feature, '_', ' ') end, ', ' order by signal_order)
            as unknown_signals,
    from signals
    group by opportunity_id

),

-- the bound of a number that the deal is least sure to be on the right side of
nearest as (

    select *
    from (
        select
            *,
            row_number() over (
                partition by opportunity_id order by side_probability, clause_order
            ) as place,
        from clauses
        where operator in ('<=', '>') and abs(threshold) < 1e9
    ) as ranked
    where place = 1

),

-- the deal just beyond that bound: above it where the clause asks for up to, on it where the clause asks for above
beyond as (

    select
        nearest.opportunity_id,
        rules.segment_id,
        bool_and(
            case
                when rules.feature = nearest.feature and nearest.operator = '<='
                    then case rules.operator
                        when '<=' then nearest.threshold < rules.threshold
                        else nearest.threshold >= rules.threshold
                    end
                when rules.feature = nearest.feature
                    then case rules.operator
                        when '<=' then nearest.threshold <= rules.threshold
                        else nearest.threshold > rules.threshold
                    end
                else {{ meets_clause('rules', 'coalesce(others.feature_value, rules.missing_value)', 'all_values.lead_source') }}
            end
        ) as is_met,
    from nearest
    inner join all_values on nearest.opportunity_id = all_values.opportunity_id
    cross join rules
    left join {{ ref('int_opportunity__segment_value') }} as others
        on nearest.opportunity_id = others.opportunity_id and rules.feature = others.feature
    group by nearest.opportunity_id, rules.segment_id

),

beyond_segments as (

    select
        opportunity_id,
        min(segment_id) as segment_id,
    from beyond
    where is_met
    group by opportunity_id

),

final as (

    select
        segments.opportunity_id,
        customers.customer_id,
        segments.segment_version,
        segments.segment_id,
        segments.segment_basis,
        segments.basis_opportunity_id,
        segments.segment_confidence,
        segments.evidence_level,
        deciding.deciding_signals,
        deciding.deciding_values,
        deciding.unknown_signals,
        nearest.feature as nearest_feature,
        nearest.threshold as nearest_threshold,
        nearest.threshold_se as nearest_threshold_se,
        nearest.feature_value as nearest_value,
        features.unit as nearest_unit,
        round(nearest.side_probability, 4) as nearest_side_probability,
        beyond_segments.segment_id as beyond_segment_id,
    from segments
    left join customers on segments.opportunity_id = customers.opportunity_id
    left join deciding on segments.basis_opportunity_id = deciding.opportunity_id
    left join nearest on segments.basis_opportunity_id = nearest.opportunity_id
    left join features on nearest.feature = features.feature
    left join beyond_segments on segments.basis_opportunity_id = beyond_segments.opportunity_id

)

select * from final
