-- One row per opportunity and week at whose end it was open: where it stood (segment, stage band, weeks in the stage), all
-- known then, and what the seven days after brought. The week that ends with the as-of day has no next one yet.
with weeks as (

    select * from {{ ref('int_opportunity__win_feature') }}

),

states as (

    select * from {{ ref('int_opportunity__state') }}

),

placed as (

    select
        weeks.opportunity_id,
        weeks.week_index,
        weeks.segment_id,
        -- fifths of the way through the open stages; 0 where the stage is unknown
        coalesce(least(1 + cast(floor(weeks.stage_position * 5) as integer), 5), 0) as stage_band,
        -- a stage entered before recording began is taken to be as old as the deal
        cast(least(floor(coalesce(weeks.stage_age_weeks, weeks.deal_age_weeks)), 26) as integer) as stage_age_week,
        weeks.snapshot_on,
    from weeks

),

followed as (

    select
        placed.*,
        next_weeks.opportunity_id is not null as is_open_next,
        next_weeks.stage_band as next_stage_band,
        states.is_won
        and states.closed_at >= cast(placed.snapshot_on + 1 as timestamp)
        and states.closed_at < cast(placed.snapshot_on + 8 as timestamp) as is_won_next,
    from placed
    inner join states on placed.opportunity_id = states.opportunity_id
    left join placed as next_weeks
        on placed.opportunity_id = next_weeks.opportunity_id and placed.week_index = next_weeks.week_index + 1

),

final as (

    select
        opportunity_id,
        week_index,
        segment_id,
        stage_band,
        stage_age_week,
        case
            when week_index = 0 then null
            when is_open_next and stage_band > 0 and next_stage_band > stage_band then 'advanced'
            when is_open_next then 'open'
            when is_won_next then 'won'
            -- also a deal that was lost and taken up again later
            else 'lost'
        end as next_event,
    from followed

)

select * from final
