-- One row per opportunity and week at whose end it was open: the features of the win model as numbers, each known by then.
-- One place for all of them, so that what the model learns from and what it scores are computed alike.
with weeks as (

    select * from {{ ref('int_opportunity__week') }}

),

segments as (

    select * from {{ ref('int_opportunity__week_segment') }}

),

events as (

    select * from {{ ref('int_opportunity__event') }}

),

stages as (

    select * from {{ ref('int_opportunity__stage') }}

),

-- the stage a deal began in tells follow-up deals from first ones where its type is known today only
first_stages as (

    select
        events.opportunity_id,
        stages.stage_position as first_stage_position,
        events.changed_at,
    from events
    inner join stages on events.stage_name = stages.stage_name
    where events.change_order = 1 and events.is_complete and not events.is_closed

),

planned as (

    select
        *,
        -- the close date less what pushes added is the date first stated
        case
            when slippage_days is not null
                then round(
                    cast(
                        {{ days_between('snapshot_on', 'close_on') }} - slippage_days + deal_age_days as double
                    ) / 7, 4
                )
        end as planned_weeks,
    from weeks

),

final as (

    select
        planned.opportunity_id,
        planned.week_index,
        planned.snapshot_on,
        segments.segment_id,
        cast(planned.stage_position as double) as stage_position,
        round(cast(planned.stage_age_days as double) / 7, 4) as stage_age_weeks,
        round(cast(planned.deal_age_days as double) / 7, 4) as deal_age_weeks,
        cast(planned.active_days_28d as double) as active_days_28d,
        cast(planned.active_days_prior_56d as double) as active_days_prior_56d,
        cast(planned.contacts_28d as double) as contacts_28d,
        cast(planned.stakeholder_count as double) as stakeholder_count,
        cast(planned.push_count as double) as push_count,
        cast(planned.days_past_close_date as double) as days_past_close_date,
        cast(planned.stage_moves_28d as double) as stage_moves_28d,
        cast(first_stages.first_stage_position as double) as first_stage_position,
        planned.planned_weeks,
        case
            when planned.planned_weeks is not null
                then round(cast(planned.deal_age_days as double) / 7 / greatest(planned.planned_weeks, 1), 4)
        end as age_over_plan,
    from planned
    left join segments on planned.opportunity_id = segments.opportunity_id and planned.week_index = segments.week_index
    left join first_stages
        on
            planned.opportunity_id = first_stages.opportunity_id
            and cast(planned.snapshot_on + 1 as timestamp) > first_stages.changed_at

)

select * from final
