-- Only weeks before the one that is being decided, see stg_ledger__issued_week.
with source as (

    {{ select_ledger_columns('issued_play') }}

),

weeks as (

    {{ select_ledger_columns('issued_week') }}

),

numbered as (

    -- by week and not by play, since a later version may hold no play at all
    select
        decision_week_on,
        version,
        version = max(version) over (partition by decision_week_on) as is_latest,
        as_of_on,
        issued_at,
    from weeks

),

final as (

    select
        source.decision_week_on,
        source.version,
        numbered.is_latest,
        source.opportunity_id,
        source.owner_user_id,
        source.rank,
        source.segment_id,
        source.stage_name,
        source.close_on,
        source.arr_amount,
        source.play,
        source.rule_id,
        source.rule_sentence,
        source.next_action,
        source.suggested_hours,
        source.allocated_hours,
        source.capacity_hours,
        source.is_above_line,
        source.is_randomised,
        source.propensity,
        source.shadow_price,
        source.value_per_hour,
        source.motion_score,
        source.risk_score,
        source.profitability_score,
        source.win_probability,
        source.roi_expected_mean,
        source.p_expected_roi_negative,
        source.economics_status,
        source.model_version,
        numbered.as_of_on as as_of_date,
        numbered.issued_at,
    from source
    inner join numbered
        on source.decision_week_on = numbered.decision_week_on and source.version = numbered.version
    where source.decision_week_on < {{ get_week_start(as_of_date()) }}

)

select * from final
