-- One row per signal of the mean first-year contribution: the typed gate through which Python's numbers enter the warehouse.
with source as (

    select * from {{ source('predictions', 'deal_value_coefficient') }}

),

final as (

    select
        cast(feature as varchar) as feature,
        cast(coefficient as double) as coefficient,
        cast(centre as double) as centre,
        cast(scale as double) as scale,
        cast(missing_value as double) as missing_value,
        cast(least_value as double) as least_value,
        cast(most_value as double) as most_value,
        cast(model_version as varchar) as model_version,
        cast(as_of_date as date) as as_of_date,
    from source

)

select * from final
