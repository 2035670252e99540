-- One row per segment, age band and customer bucket: months exposed to expansion, expansions, and their size. Logs of
-- the relative size are scaled by a million and rounded, so that sums do not depend on their order. Months before a
-- customer's first expansion are counted apart, for customers seen from their first month on.
with exposure as (

    select * from {{ ref('int_lifecycle__exposure_month') }}
    where not has_churned

),

sized as (

    select
        segment_id,
        case
            when age_month <= 6 then '01-06'
            when age_month <= 12 then '07-12'
            when age_month <= 24 then '13-24'
            else '25+'
        end as age_band,
        bucket,
        has_expanded,
        arr_at_risk_cents,
        arr_added_cents,
        case
            when has_expanded and arr_at_risk_cents > 0
                then round(ln(cast(arr_added_cents as double) / arr_at_risk_cents), 6)
        end as log_ratio,
        coalesce(
            min(age_month) over (partition by customer_id) = 1
            and not coalesce(
                bool_or(has_expanded) over (
                    partition by customer_id
                    order by month_on
                    rows between unbounded preceding and 1 preceding
                ), false
            ), false
        ) as is_unexpanded,
    from exposure

),

final as (

    select
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
        cast(count(*) filter (where is_unexpanded) as bigint) as n_unexpanded_months,
        cast(count(*) filter (where is_unexpanded and has_expanded) as bigint) as n_first_events,
    from sized
    group by segment_id, age_band, bucket

)

select * from final
