-- One row per scored origin, segment of that day, age band and customer bucket: the sums of suff_expansion over the
-- months before the origin.
with expansion_months as (

    select * from {{ ref('int_lifecycle__expansion_month') }}

),

segments as (

    select * from {{ ref('int_lifecycle__backtest_customer_segment') }}

),

final as (

    select
        segments.origin_on,
        segments.segment_id,
        expansion_months.age_band,
        expansion_months.bucket,
        {{ sum_expansions() }},
    from expansion_months
    inner join segments
        on expansion_months.customer_id = segments.customer_id and expansion_months.month_on < segments.origin_on
    group by segments.origin_on, segments.segment_id, expansion_months.age_band, expansion_months.bucket

)

select * from final
