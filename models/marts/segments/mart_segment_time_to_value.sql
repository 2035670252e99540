-- One row per segment (`all` = every customer) and week since the customer's start, 0 to 52: the share that reached value by the
-- end of the week with a 90 % interval. The segment's quantiles and the share that never arrives stand on each of its rows.
with curve as (

    select * from {{ ref('stg_predictions__time_to_value') }}

),

kpis as (

    select * from {{ ref('stg_predictions__time_to_value_kpi') }}

),

segments as (

    select * from {{ ref('dim_segment') }}

),

wide_kpis as (

    select
        segment_id,
        max(p50) filter (where metric = 'weeks_to_25pct') as weeks_to_25pct_p50,
        max(p05) filter (where metric = 'weeks_to_50pct') as weeks_to_50pct_p05,
        max(p50) filter (where metric = 'weeks_to_50pct') as weeks_to_50pct_p50,
        max(p95) filter (where metric = 'weeks_to_50pct') as weeks_to_50pct_p95,
        max(p50) filter (where metric = 'weeks_to_75pct') as weeks_to_75pct_p50,
        max(mean) filter (where metric = 'p_reached_26w') as p_reached_26w_mean,
        max(p05) filter (where metric = 'p_reached_26w') as p_reached_26w_p05,
        max(p95) filter (where metric = 'p_reached_26w') as p_reached_26w_p95,
        max(mean) filter (where metric = 'p_reached_52w') as p_reached_52w_mean,
        max(p05) filter (where metric = 'p_reached_52w') as p_reached_52w_p05,
        max(p95) filter (where metric = 'p_reached_52w') as p_reached_52w_p95,
        max(mean) filter (where metric = 'share_never') as share_never_mean,
        max(p05) filter (where metric = 'share_never') as share_never_p05,
        max(p95) filter (where metric = 'share_never') as share_never_p95,
        max(mean) filter (where metric = 'share_left_first') as share_left_first_mean,
    from kpis
    group by segment_id

),

evidence as (

    -- use that nobody measured is no time to value, and the prior of the fit is nobody's
    select sum(n_at_risk) > 0 as has_customers
    from curve

),

final as (

    select
        curve.segment_id,
        {{ name_group('curve.segment_id', 'segments.segment_name') }} as segment_name,
        curve.week_since_close,
        curve.reached_mean,
        curve.reached_p05,
        curve.reached_p50,
        curve.reached_p95,
        case
            when curve.fallback_level in ('segment', 'partly_pooled') then curve.reached_mean - company.reached_mean
        end as reached_vs_company,
        case
            when curve.fallback_level in ('segment', 'partly_pooled') then curve.reached_p_better
        end as reached_p_better,
        curve.left_first_mean,
        curve.n_at_risk,
        curve.n_reached,
        curve.n_left,
        curve.n_observed,
        curve.n_events,
        {{ flag_low_support('curve.n_events') }} as is_low_support,
        curve.fallback_level,
        curve.is_extrapolated,
        wide_kpis.weeks_to_25pct_p50,
        wide_kpis.weeks_to_50pct_p05,
        wide_kpis.weeks_to_50pct_p50,
        wide_kpis.weeks_to_50pct_p95,
        wide_kpis.weeks_to_75pct_p50,
        wide_kpis.p_reached_26w_mean,
        wide_kpis.p_reached_26w_p05,
        wide_kpis.p_reached_26w_p95,
        wide_kpis.p_reached_52w_mean,
        wide_kpis.p_reached_52w_p05,
        wide_kpis.p_reached_52w_p95,
        wide_kpis.share_never_mean,
        wide_kpis.share_never_p05,
        wide_kpis.share_never_p95,
        wide_kpis.share_left_first_mean,
        curve.model_version,
        {{ as_of_date() }} as as_of_date,
    from curve
    cross join evidence
    left join curve as company on company.segment_id = 'all' and curve.week_since_close = company.week_since_close
    inner join wide_kpis on curve.segment_id = wide_kpis.segment_id
    left join segments on curve.segment_id = segments.segment_id
    where evidence.has_customers

)

select * from final
