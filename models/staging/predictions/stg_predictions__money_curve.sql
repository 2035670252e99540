-- One row per segment and age month 0 to 59: the typed gate through which Python's numbers enter
-- the warehouse.
with source as (

    select * from {{ source('predictions', 'money_curve') }}

),

final as (

    select
        cast(segment_id as varchar) as segment_id,
        cast(age_month as integer) as age_month,
        cast(margin_mean as double) as margin_mean,
        cast(margin_p05 as double) as margin_p05,
        cast(margin_p95 as double) as margin_p95,
        cast(margin_p_better as double) as margin_p_better,
        cast(support_cost_mean as double) as support_cost_mean,
        cast(support_cost_p05 as double) as support_cost_p05,
        cast(support_cost_p95 as double) as support_cost_p95,
        cast(support_cost_p_better as double) as support_cost_p_better,
        cast(customer_month_cost_mean as double) as customer_month_cost_mean,
        cast(customer_month_cost_p05 as double) as customer_month_cost_p05,
        cast(customer_month_cost_p95 as double) as customer_month_cost_p95,
        cast(n_margin_known as bigint) as n_margin_known,
        cast(n_support_known as bigint) as n_support_known,
        cast(margin_fallback_level as varchar) as margin_fallback_level,
        cast(support_fallback_level as varchar) as support_fallback_level,
        cast(is_extrapolated as boolean) as is_extrapolated,
        cast(model_version as varchar) as model_version,
        cast(as_of_date as date) as as_of_date,
    from source

)

select * from final
