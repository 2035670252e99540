-- One row per open opportunity and gate of the play policy: what the rules looked at this week, what is needed and whether the
-- gate is open. Not additive. Null = not known.
with gates as (

    select * from {{ ref('fct_opportunity_gate_state') }}

),

final as (

    select
        opportunity_id,
        {{ as_of_date() }} as as_of_date,
        threshold_key,
        metric,
        gate_label,
        gate_order,
        play_when_closed,
        raw_value,
        smoothed_value,
        open_value,
        leave_value,
        is_upper_limit,
        is_open,
        has_hard_event,
    from gates

)

select * from final
