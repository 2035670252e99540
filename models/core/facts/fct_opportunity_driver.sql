-- One row per open opportunity with the two strongest known reasons for it and against it, in words. A component's pull is its
-- weight within its dimension times its distance from the middle; what sets the deal apart from the other open deals comes first,
-- since what is true of all of them is no news of this one. Where fewer than two reasons are known, what is missing is named.
with components as (

    select * from {{ ref('fct_opportunity_score_component') }}
    where week_index = 0

),

opportunities as (

    select * from {{ ref('fct_opportunity') }}
    where is_open

),

policies as (

    select * from {{ ref('score_component') }}

),

usual as (

    select
        dimension,
        component,
        median(component_score) as usual_score,
    from components
    where is_known
    group by dimension, component

),

pulled as (

    select
        components.opportunity_id,
        components.dimension,
        components.component,
        case when components.dimension = 'risk' then -1 else 1 end
        * components.weight * (components.component_score - 50) as pull,
        case when components.dimension = 'risk' then -1 else 1 end
        * components.weight * (components.component_score - usual.usual_score) as pull_apart,
        {{ describe_component('components', 'policies') }} as phrase,
        components.weight,
    from components
    inner join policies
        on components.dimension = policies.dimension and components.component = policies.component
    left join usual on components.dimension = usual.dimension and components.component = usual.component

),

ranked as (

    select
        *,
        row_number() over (
            partition by opportunity_id
            order by pull > 0 desc nulls last, greatest(pull_apart, 0) desc, pull desc, dimension asc, component asc
        ) as up_rank,
        row_number() over (
            partition by opportunity_id
            order by pull < 0 desc nulls last, least(pull_apart, 0) asc, pull asc, dimension asc, component asc
        ) as down_rank,
        -- what is known and in the middle says more than what is not known
        row_number() over (
            partition by opportunity_id, coalesce(pull, 0) = 0
            order by pull is null, weight desc, dimension asc, component asc
        ) as missing_rank,
    from pulled

),

reasons as (

    select
        opportunity_id,
        max(phrase) filter (where up_rank = 1 and pull > 0) as driver_up_1,
        max(phrase) filter (where up_rank = 2 and pull > 0) as driver_up_2,
        max(phrase) filter (where down_rank = 1 and pull < 0) as driver_down_1,
        max(phrase) filter (where down_rank = 2 and pull < 0) as driver_down_2,
        max(phrase) filter (where missing_rank = 1 and coalesce(pull, 0) = 0) as missing_1,
        max(phrase) filter (where missing_rank = 2 and coalesce(pull, 0) = 0) as missing_2,
        count(*) filter (where pull != 0) as n_reasons,
    from ranked
    group by opportunity_id

),

final as (

    select
        opportunities.opportunity_id,
        reasons.driver_up_1,
        reasons.driver_up_2,
        case
            when coalesce(reasons.n_reasons, 0) < 2
                then coalesce(reasons.driver_down_1, reasons.missing_1, 'not known: any week of this deal')
            else reasons.driver_down_1
        end as driver_down_1,
        case
            when coalesce(reasons.n_reasons, 0) < 2
                then coalesce(
                    case when reasons.driver_down_1 is not null then reasons.missing_1 else reasons.missing_2 end,
                    'not known: its creation and its stages'
                )
            else reasons.driver_down_2
        end as driver_down_2,
    from opportunities
    left join reasons on opportunities.opportunity_id = reasons.opportunity_id

)

select * from final
