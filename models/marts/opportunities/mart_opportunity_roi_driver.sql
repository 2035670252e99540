-- One row per open opportunity of known ROI and driver: why its expected ROI differs from the mean of its segment's open deals.
-- Reporting currency. Amounts of one opportunity add up to the difference exactly; over opportunities they add up to zero.
with drivers as (

    select * from {{ ref('fct_opportunity_roi_driver') }}

),

final as (

    select
        opportunity_id,
        as_of_date,
        segment_id,
        driver_order,
        driver,
        deal_value,
        segment_value,
        unit,
        amount,
        n_segment_deals,
    from drivers

)

select * from final
