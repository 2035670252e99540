-- One row per open new-business opportunity with a segment: what the first year would contribute per unit of ARR if it is won,
-- and between which ends a single such deal falls eight times in ten. The fitted mean and residuals, applied to the deal's
-- signals of today.
with features as (

    select * from {{ ref('int_opportunity__segment_feature') }}

),

states as (

    select * from {{ ref('int_opportunity__state') }}
    -- what an added or renewed deal brings was never measured apart from the customer's first
    where not is_closed and deal_type = 'new_business'

),

segments as (

    select * from {{ ref('int_opportunity__segment') }}

),

intervals as (

    select * from {{ ref('stg_predictions__deal_interval') }}

),

coefficients as (

    select * from {{ ref('stg_predictions__deal_value_coefficient') }}

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

signals as (

    select
        states.opportunity_id,
        sum(
            coefficients.coefficient
            * (
                least(
                    greatest(
                        coalesce(feature_values.feature_value, coefficients.missing_value), coefficients.least_value
                    ),
                    coefficients.most_value
                ) - coefficients.centre
            ) / coefficients.scale
            order by coefficients.feature
        ) as signal_effect,
    from states
    cross join coefficients
    left join feature_values
        on states.opportunity_id = feature_values.opportunity_id and coefficients.feature = feature_values.feature
    group by states.opportunity_id

),

matched as (

    select
        segments.opportunity_id,
        coalesce(own.segment_id, 'all') as interval_segment_id,
    from segments
    left join intervals as own on segments.segment_id = own.segment_id

),

final as (

    select
        signals.opportunity_id,
        intervals.segment_id as interval_segment_id,
        round(intervals.base_per_arr + signals.signal_effect, 8) as contribution_per_arr_mean,
        round(intervals.base_per_arr + signals.signal_effect + intervals.lower_per_arr, 8) as contribution_per_arr_p10,
        round(intervals.base_per_arr + signals.signal_effect + intervals.upper_per_arr, 8) as contribution_per_arr_p90,
        intervals.level as interval_level,
        intervals.n_calibration,
        intervals.fallback_level,
        intervals.model_version,
    from signals
    inner join matched on signals.opportunity_id = matched.opportunity_id
    inner join intervals on matched.interval_segment_id = intervals.segment_id

)

select * from final
