-- One row per segment, pace band, stage band, week in the stage and deal bucket: integer counts of deal-weeks at risk and of
-- what the following week brought. All that the time-to-close model ever sees.
with weeks as (

    select * from {{ ref('int_opportunity__pipeline_week') }}
    where next_event is not null and segment_id is not null

),

final as (

    select
        segment_id,
        pace_band,
        stage_band,
        stage_age_week,
        {{ bucket_of('opportunity_id') }} as bucket,
        count(*) as n_at_risk,
        count(*) filter (where next_event = 'won') as n_won,
        count(*) filter (where next_event = 'lost') as n_lost,
        count(*) filter (where next_event = 'advanced') as n_advanced,
    from weeks
    group by segment_id, pace_band, stage_band, stage_age_week, bucket

)

select * from final
