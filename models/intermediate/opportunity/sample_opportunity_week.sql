-- One row per decided opportunity and week in which it was still open, at most 50,000 in the order of a hash: the
-- features of that week and how the deal ended. Deals opened in the last half year are left out, because only their
-- fast endings are in.
with coverage as (

    select * from {{ ref('int_opportunity__coverage') }}

),

weeks as (

    select weeks.*
    from {{ ref('int_opportunity__week') }} as weeks
    cross join coverage
    -- a company without stage history learns from age and activity alone
    where weeks.stage_position is not null or not coverage.has_stage_history

),

states as (

    select * from {{ ref('int_opportunity__state') }}
    where is_closed and {{ days_between('created_at', as_of_date()) }} >= 180

),

segments as (

    select * from {{ ref('int_opportunity__segment') }}

),

numbered as (

    select
        weeks.*,
        states.is_won,
        segments.segment_id,
        count(*) over (partition by weeks.opportunity_id) as n_weeks,
        row_number() over (order by md5(weeks.opportunity_id || cast(weeks.snapshot_on as varchar))) as sample_order,
    from weeks
    inner join states on weeks.opportunity_id = states.opportunity_id
    inner join segments on weeks.opportunity_id = segments.opportunity_id

),

final as (

    select
        opportunity_id,
        snapshot_on,
        cast(is_won as integer) as is_won,
        -- every deal weighs one, however long it stayed open
        round(1.0 / n_weeks, 9) as sample_weight,
        segment_id,
        cast(stage_position as double) as stage_position,
        round(cast(stage_age_days as double) / 7, 4) as stage_age_weeks,
        round(cast(deal_age_days as double) / 7, 4) as deal_age_weeks,
        cast(active_days_28d as double) as active_days_28d,
        cast(active_days_prior_56d as double) as active_days_prior_56d,
        cast(contacts_28d as double) as contacts_28d,
        cast(stakeholder_count as double) as stakeholder_count,
        cast(push_count as double) as push_count,
        cast(days_past_close_date as double) as days_past_close_date,
        cast(stage_moves_28d as double) as stage_moves_28d,
    from numbered
    where sample_order <= 50000

)

select * from final
