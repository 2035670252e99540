-- One row per segment, term type, start age and month since the deal: the typed gate through which Python's numbers enter the
-- warehouse.
with source as (

    select * from {{ source('predictions', 'life_path') }}

),

final as (

    select
        cast(segment_id as varchar) as segment_id,
        cast(term_type as varchar) as term_type,
        cast(start_age_months as integer) as start_age_months,
        cast(month_since_close as integer) as month_since_close,
        cast(contribution_per_arr as double) as contribution_per_arr,
        cast(growth_per_arr as double) as growth_per_arr,
        cast(model_version as varchar) as model_version,
        cast(as_of_date as date) as as_of_date,
    from source

)

select * from final
