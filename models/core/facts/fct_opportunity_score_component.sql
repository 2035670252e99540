-- One row per open opportunity, week (0 = this week, 1 = the week before), dimension and component: the raw value, where it
-- lies between 0 and 100, its weight, and the points it adds to the score. An unknown value has no score and carries no
-- weight. Points add up to the score of one dimension; nothing is additive across dimensions.
with components as (

    select * from {{ ref('int_opportunity__score_component_week') }}
    where week_index in (0, 1)

),

opportunities as (

    select * from {{ ref('fct_opportunity') }}
    where is_open

),

final as (

    select
        components.opportunity_id,
        components.week_index,
        components.dimension,
        components.component,
        components.weight,
        components.raw_value,
        components.is_known,
        components.component_score,
        case
            when components.is_known then round(
                components.weight * components.component_score
                / sum(components.weight) filter (where components.is_known) over (
                    partition by components.opportunity_id, components.week_index, components.dimension
                ), 2
            )
        end as contribution,
    from components
    inner join opportunities on components.opportunity_id = opportunities.opportunity_id

)

select * from final
