-- One row per recorded change of an opportunity that was known by the as-of day: the values from that moment until the
-- next change, with running counts of stage moves and of pushes of the close date.
with history as (

    select * from {{ ref('stg_salesforce__opportunity_history') }}
    where not is_deleted and {{ was_known('changed_at') }}

),

stages as (

    select * from {{ ref('int_opportunity__stage') }}

),

sequenced as (

    select
        history.opportunity_history_id,
        history.opportunity_id,
        history.changed_at,
        history.stage_name,
        history.amount,
        history.currency,
        history.close_on,
        stages.stage_rank,
        coalesce(stages.is_closed, false) as is_closed,
        coalesce(stages.is_won, false) as is_won,
        lag(history.stage_name) over deal as previous_stage_name,
        lag(history.close_on) over deal as previous_close_on,
        coalesce(lag(stages.is_closed) over deal, false) as was_closed,
        lag(stages.stage_rank) over deal as previous_stage_rank,
        lead(history.changed_at) over deal as next_changed_at,
        row_number() over deal as change_order,
    from history
    left join stages on history.stage_name = stages.stage_name
    window deal as (
        partition by history.opportunity_id
        order by history.changed_at, stages.sort_order nulls first, history.opportunity_history_id
    )

),

final as (

    select
        opportunity_history_id,
        opportunity_id,
        changed_at,
        coalesce(next_changed_at, timestamp '9999-12-31') as valid_until_at,
        stage_name,
        amount,
        currency,
        close_on,
        is_closed,
        is_won,
        is_closed and not was_closed as is_closing,
        max(case when previous_stage_name is null or stage_name != previous_stage_name then changed_at end) over deal
            as stage_entered_at,
        max(
            case
                when not is_closed and (previous_stage_name is null or stage_name != previous_stage_name) then changed_at
            end
        ) over deal as open_stage_entered_at,
        count(*) filter (where not is_closed and stage_rank > previous_stage_rank and not was_closed) over deal
            as forward_moves,
        count(*) filter (where close_on > previous_close_on and not is_closed) over deal as push_count,
    from sequenced
    window deal as (
        partition by opportunity_id
        order by change_order
        rows between unbounded preceding and current row
    )

)

select * from final
