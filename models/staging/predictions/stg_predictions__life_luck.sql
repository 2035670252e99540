-- One row per segment, term type, start age and life played out: the typed gate through which Python's numbers enter the
-- warehouse.
with source as (

    select * from {{ source('predictions', 'life_luck') }}

),

final as (

    select
        cast(segment_id as varchar) as segment_id,
        cast(term_type as varchar) as term_type,
        cast(start_age_months as integer) as start_age_months,
        cast(life_id as integer) as life_id,
        cast(luck_e6 as bigint) as luck_e6,
        cast(growth_luck_e6 as bigint) as growth_luck_e6,
        cast(model_version as varchar) as model_version,
        cast(as_of_date as date) as as_of_date,
    from source

)

select * from final
