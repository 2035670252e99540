-- One row per open opportunity with the two strongest known reasons for it and against it, in words. A component's
-- pull is its weight within its dimension times its distance from the middle.
with components as (

    select * from {{ ref('fct_opportunity_score_component') }}
    where week_index = 0 and is_known

),

policies as (

    select * from {{ ref('score_component') }}

),

pulled as (

    select
        components.opportunity_id,
        components.component,
        case when components.dimension = 'risk' then -1 else 1 end
        * components.weight * (components.component_score - 50) as pull,
        components.raw_value,
        policies.phrase_good,
        policies.phrase_bad,
        policies.unit,
    from components
    inner join policies
        on components.dimension = policies.dimension and components.component = policies.component

),

worded as (

    select
        opportunity_id,
        component,
        pull,
        replace(
            case when pull >= 0 then phrase_good else phrase_bad end,
            '{value}',
            case
                when unit in ('probability', 'share', 'per ARR') then format('{:.0f} %', 100 * raw_value)
                when unit = 'active days per week' then format('{:.1f}', abs(raw_value))
                else format('{:.0f}', raw_value)
            end
        ) as phrase,
    from pulled

),

ranked as (

    select
        *,
        row_number() over (partition by opportunity_id order by pull desc, component asc) as up_rank,
        row_number() over (partition by opportunity_id order by pull, component) as down_rank,
    from worded

),

final as (

    select
        opportunity_id,
        max(phrase) filter (where up_rank = 1 and pull > 0) as driver_up_1,
        max(phrase) filter (where up_rank = 2 and pull > 0) as driver_up_2,
        max(phrase) filter (where down_rank = 1 and pull < 0) as driver_down_1,
        max(phrase) filter (where down_rank = 2 and pull < 0) as driver_down_2,
    from ranked
    group by opportunity_id

)

select * from final
