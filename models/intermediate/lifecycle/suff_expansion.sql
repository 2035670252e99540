-- One row per segment, age band and customer bucket: months exposed to expansion, expansions, and their size. Logs of
-- the relative size are scaled by a million and rounded, so that sums do not depend on their order. Months before a
-- customer's first expansion are counted apart, for customers seen from their first month on.
with expansion_months as (

    select * from {{ ref('int_lifecycle__expansion_month') }}

),

final as (

    select
        segment_id,
        age_band,
        bucket,
        {{ sum_expansions() }},
    from expansion_months
    group by segment_id, age_band, bucket

)

select * from final
