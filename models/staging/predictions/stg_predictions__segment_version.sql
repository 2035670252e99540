-- One row per quarter start: the version of the segments in force from then, and what the look at the deals found.
with source as (

    select * from {{ source('predictions', 'segment_version') }}

),

final as (

    select
        cast(frozen_on as date) as frozen_on,
        cast(segment_version as varchar) as segment_version,
        cast(n_deals as bigint) as n_deals,
        cast(n_segments as bigint) as n_segments,
        cast(is_refit as boolean) as is_refit,
        cast(explained_kept as double) as explained_kept,
        cast(explained_new as double) as explained_new,
        cast(reason as varchar) as reason,
        cast(model_version as varchar) as model_version,
        cast(as_of_date as date) as as_of_date,
    from source

)

select * from final
