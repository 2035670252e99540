-- One row per customer and month of age at whose end it was still active: whether it expanded in it, by how much, and
-- whether it had never expanded before.
with exposure as (

    select * from {{ ref('int_lifecycle__exposure_month') }}
    where not has_churned

),

final as (

    select
        customer_id,
        segment_id,
        bucket,
        month_on,
        case
            when age_month <= 6 then '01-06'
            when age_month <= 12 then '07-12'
            when age_month <= 24 then '13-24'
            else '25+'
        end as age_band,
        has_expanded,
        arr_at_risk_cents,
        arr_added_cents,
        case
            when has_expanded and arr_at_risk_cents > 0
                then round(ln(cast(arr_added_cents as double) / arr_at_risk_cents), 6)
        end as log_ratio,
        -- a customer that was not seen from its first month on may have expanded before
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

)

select * from final
