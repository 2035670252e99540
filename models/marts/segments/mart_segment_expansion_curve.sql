-- One row per segment (`all` = every customer) and month of age from 1 to 60: chance of an expansion in that month, of at
-- least one by its end, and the ARR that expansions have added by then per 1 of starting ARR, each with a 90 % interval.
-- Months beyond the oldest age seen are marked.
with curves as (

    select * from {{ ref('stg_predictions__expansion_curve') }}

),

segments as (

    select * from {{ ref('dim_segment') }}

),

evidence as (

    -- without a single customer month the fit holds nothing but its prior, which is nobody's growth
    select sum(n_observed) > 0 as has_customers
    from curves

),

final as (

    select
        curves.segment_id,
        {{ name_group('curves.segment_id', 'segments.segment_name') }} as segment_name,
        curves.age_month,
        curves.hazard_mean as expansion_hazard_mean,
        curves.hazard_p05 as expansion_hazard_p05,
        curves.hazard_p95 as expansion_hazard_p95,
        curves.cumulative_mean as expanded_share_mean,
        curves.cumulative_p05 as expanded_share_p05,
        curves.cumulative_p95 as expanded_share_p95,
        case
            when curves.fallback_level in ('segment', 'partly_pooled') then curves.cumulative_mean - company.cumulative_mean
        end as expanded_share_vs_company,
        case
            when curves.fallback_level in ('segment', 'partly_pooled') then curves.cumulative_p_better
        end as expanded_share_p_better,
        curves.added_arr_mean as added_arr_per_arr_mean,
        curves.added_arr_p05 as added_arr_per_arr_p05,
        curves.added_arr_p95 as added_arr_per_arr_p95,
        curves.n_observed,
        curves.n_events,
        {{ flag_low_support('curves.n_events') }} as is_low_support,
        curves.fallback_level,
        curves.is_extrapolated,
        curves.model_version,
        {{ as_of_date() }} as as_of_date,
    from curves
    cross join evidence
    left join curves as company on company.segment_id = 'all' and curves.age_month = company.age_month
    left join segments on curves.segment_id = segments.segment_id
    where evidence.has_customers

)

select * from final
