-- One row per segment, pace band, stage band, week in the stage and weeks ahead: the typed gate through which Python's numbers
-- enter the warehouse.
with source as (

    select * from {{ source('predictions', 'time_to_close') }}

),

final as (

    select
        cast(segment_id as varchar) as segment_id,
        cast(pace_band as integer) as pace_band,
        cast(stage_band as integer) as stage_band,
        cast(stage_age_week as integer) as stage_age_week,
        cast(weeks_ahead as integer) as weeks_ahead,
        cast(won_share as double) as won_share,
        cast(lost_share as double) as lost_share,
        cast(n_observed as bigint) as n_observed,
        cast(n_events as bigint) as n_events,
        cast(fallback_level as varchar) as fallback_level,
        cast(model_version as varchar) as model_version,
        cast(as_of_date as date) as as_of_date,
    from source

)

select * from final
