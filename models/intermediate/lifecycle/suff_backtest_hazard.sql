-- One row per scored origin, segment of that day, term type, age month, renewal flag, calendar quarter and customer
-- bucket: customers at risk and churned. Quarters before the origin teach; the four from it on are what came.
with exposure as (

    select * from {{ ref('int_lifecycle__exposure_month') }}

),

segments as (

    select * from {{ ref('int_lifecycle__backtest_customer_segment') }}

),

final as (

    select
        segments.origin_on,
        segments.segment_id,
        exposure.term_type,
        exposure.age_month,
        exposure.is_renewal_month,
        exposure.calendar_quarter,
        exposure.bucket,
        count(*) as n_at_risk,
        cast(count(*) filter (where exposure.has_churned) as bigint) as n_churn,
        cast(sum(exposure.arr_at_risk_cents) as bigint) as arr_at_risk_cents,
        cast(sum(exposure.arr_churned_cents) as bigint) as arr_churned_cents,
    from exposure
    inner join segments
        on
            exposure.customer_id = segments.customer_id
            and exposure.month_on < {{ add_months('segments.origin_on', '12') }}
    group by 1, 2, 3, 4, 5, 6, 7

)

select * from final
