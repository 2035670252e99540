-- One row per open opportunity, dimension (motion, risk, profitability) and component: the parts of its scores, with last week's
-- value beside this week's. Contributions of known components add up to the score of their dimension, up to rounding; nothing is
-- additive over dimensions, components' own scores or deals.
with components as (

    select * from {{ ref('fct_opportunity_score_component') }}
    where week_index = 0

),

components_before as (

    select * from {{ ref('fct_opportunity_score_component') }}
    where week_index = 1

),

policies as (

    select * from {{ ref('score_component') }}

),

final as (

    select
        components.opportunity_id,
        {{ as_of_date() }} as as_of_date,
        components.dimension,
        components.component,
        components.weight,
        components.raw_value,
        policies.unit,
        components.component_score,
        components.contribution,
        components.is_known,
        {{ describe_component('components', 'policies') }} as phrase,
        components_before.raw_value as value_before,
        components_before.component_score as score_before,
    from components
    inner join policies
        on components.dimension = policies.dimension and components.component = policies.component
    left join components_before
        on
            components.opportunity_id = components_before.opportunity_id
            and components.dimension = components_before.dimension
            and components.component = components_before.component

)

select * from final
