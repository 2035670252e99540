-- One row per opportunity, decision week, dimension and component of its score: the raw value, where it lies between its two
-- anchors from 0 to 100, and its weight. An unknown value has no score and carries no weight.
with signals as (

    select * from {{ ref('int_opportunity__score_signal_week') }}

),

components as (

    select * from {{ ref('score_component') }}

),

long as (

    unpivot signals on columns(* exclude (opportunity_id, week_index)) into name component value raw_value

),

spine as (

    select
        signals.opportunity_id,
        signals.week_index,
        components.dimension,
        components.component,
        components.weight,
        cast(components.value_at_0 as double) as value_at_0,
        cast(components.value_at_100 as double) as value_at_100,
    from signals
    cross join components

),

final as (

    select
        spine.opportunity_id,
        spine.week_index,
        spine.dimension,
        spine.component,
        spine.weight,
        long.raw_value,
        -- greatest() passes over nulls, so an unknown value would score 0; adding 0 makes a plain zero of a negative one
        case
            when long.raw_value is not null then 0 + round(
                100 * least(
                    greatest((long.raw_value - spine.value_at_0) / (spine.value_at_100 - spine.value_at_0), 0), 1
                ), 2
            )
        end as component_score,
        long.raw_value is not null as is_known,
    from spine
    left join long
        on
            spine.opportunity_id = long.opportunity_id
            and spine.week_index = long.week_index
            and spine.component = long.component

)

select * from final
