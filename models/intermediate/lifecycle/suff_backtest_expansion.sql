-- One row per scored origin, segment of that day, age band and customer bucket: the sums of suff_expansion over the
-- months before the origin.
with exposure as (

    select * from {{ ref('int_lifecycle__exposure_month') }}
    where not has_churned

),

segments as (

    select * from {{ ref('int_lifecycle__backtest_customer_segment') }}

),

sized as (

    select
        segments.origin_on,
        segments.segment_id,
        case
            when exposure.age_month <= 6 then '01-06'
            when exposure.age_month <= 12 then '07-12'
            when exposure.age_month <= 24 then '13-24'
            else '25+'
        end as age_band,
        exposure.bucket,
        exposure.has_expanded,
        exposure.arr_at_risk_cents,
        exposure.arr_added_cents,
        case
            when exposure.has_expanded and exposure.arr_at_risk_cents > 0
                then round(ln(cast(exposure.arr_added_cents as double) / exposure.arr_at_risk_cents), 6)
        end as log_ratio,
    from exposure
    inner join segments
        on exposure.customer_id = segments.customer_id and exposure.month_on < segments.origin_on

),

final as (

    select
        origin_on,
        segment_id,
        age_band,
        bucket,
        count(*) as n_exposed_months,
        cast(count(*) filter (where has_expanded) as bigint) as n_events,
        cast(coalesce(sum(arr_added_cents) filter (where has_expanded), 0) as bigint) as sum_amount_cents,
        cast(coalesce(sum(arr_at_risk_cents) filter (where has_expanded), 0) as bigint) as sum_base_arr_cents,
        cast(coalesce(sum(cast(round(log_ratio * 1000000) as bigint)), 0) as bigint) as sum_log_ratio_micro,
        cast(coalesce(sum(cast(round(log_ratio * log_ratio * 1000000) as bigint)), 0) as bigint)
            as sumsq_log_ratio_micro,
    from sized
    group by origin_on, segment_id, age_band, bucket

)

select * from final
