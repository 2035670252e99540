-- One row per segment, term type, age month, renewal flag, calendar quarter and customer bucket: integer counts of
-- customers at risk and churned. All that the hazard model ever sees.
with exposure as (

    select * from {{ ref('int_lifecycle__exposure_month') }}

),

final as (

    select
        segment_id,
        term_type,
        age_month,
        is_renewal_month,
        calendar_quarter,
        bucket,
        count(*) as n_at_risk,
        cast(count(*) filter (where has_churned) as bigint) as n_churn,
        cast(sum(arr_at_risk_cents) as bigint) as arr_at_risk_cents,
        cast(sum(arr_churned_cents) as bigint) as arr_churned_cents,
    from exposure
    group by segment_id, term_type, age_month, is_renewal_month, calendar_quarter, bucket

)

select * from final
