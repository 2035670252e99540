-- One row per change of version, old segment and new segment that share deals: the typed gate of the change log.
with source as (

    select * from {{ source('predictions', 'segment_change') }}

),

final as (

    select
        cast(changed_on as date) as changed_on,
        cast(from_version as varchar) as from_version,
        cast(to_version as varchar) as to_version,
        cast(from_segment_id as varchar) as from_segment_id,
        cast(to_segment_id as varchar) as to_segment_id,
        cast(n_deals as bigint) as n_deals,
        cast(share_of_from as double) as share_of_from,
        cast(share_of_to as double) as share_of_to,
        cast(model_version as varchar) as model_version,
        cast(as_of_date as date) as as_of_date,
    from source

)

select * from final
