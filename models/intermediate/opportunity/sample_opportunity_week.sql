-- One row per opportunity with an outcome and week in which it was still open, at most 50,000 in the order of a hash: the
-- features of that week and how the deal ended.
with coverage as (

    select * from {{ ref('int_opportunity__coverage') }}

),

weeks as (

    select weeks.*
    from {{ ref('int_opportunity__win_feature') }} as weeks
    cross join coverage
    -- a company without stage history learns from age and activity alone
    where weeks.stage_position is not null or not coverage.has_stage_history

),

outcomes as (

    select * from {{ ref('int_opportunity__outcome') }}
    where outcome != 'open'

),

numbered as (

    select
        weeks.*,
        outcomes.outcome = 'won' as is_won,
        outcomes.outcome_weight,
        count(*) over (partition by weeks.opportunity_id) as n_weeks,
        row_number() over (order by md5(weeks.opportunity_id || cast(weeks.snapshot_on as varchar))) as sample_order,
    from weeks
    inner join outcomes on weeks.opportunity_id = outcomes.opportunity_id
    where weeks.segment_id is not null

),

final as (

    select
        opportunity_id,
        snapshot_on,
        cast(is_won as integer) as is_won,
        -- every deal weighs one, however long it stayed open, times the deals of its length that are not decided yet
        round(outcome_weight / n_weeks, 9) as sample_weight,
        segment_id,
        stage_position,
        stage_age_weeks,
        deal_age_weeks,
        active_days_28d,
        active_days_prior_56d,
        contacts_28d,
        stakeholder_count,
        push_count,
        days_past_close_date,
        stage_moves_28d,
        first_stage_position,
        planned_weeks,
        age_over_plan,
    from numbered
    where sample_order <= 50000

)

select * from final
