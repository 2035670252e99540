-- One row per open opportunity and dimension (motion, risk, profitability): the score from 0 to 100, its change since the week
-- before and the share of weight that is known. The change looks at components known in both weeks only: that a signal became
-- known is no change of the deal.
with dimensions as (

    select distinct dimension from {{ ref('score_component') }}

),

opportunities as (

    select * from {{ ref('fct_opportunity') }}
    where is_open

),

scores as (

    select * from {{ ref('int_opportunity__score_week') }}
    where week_index = 0

),

components as (

    select * from {{ ref('fct_opportunity_score_component') }}

),

changes as (

    select
        this_week.opportunity_id,
        this_week.dimension,
        sum(this_week.weight * this_week.component_score order by this_week.component) / sum(this_week.weight) as score_now,
        sum(this_week.weight * last_week.component_score order by this_week.component) / sum(this_week.weight)
            as score_before,
    from components as this_week
    inner join components as last_week
        on
            this_week.opportunity_id = last_week.opportunity_id
            and this_week.dimension = last_week.dimension
            and this_week.component = last_week.component
    where this_week.week_index = 0 and last_week.week_index = 1 and this_week.is_known and last_week.is_known
    group by this_week.opportunity_id, this_week.dimension

),

final as (

    select
        opportunities.opportunity_id,
        dimensions.dimension,
        case dimensions.dimension
            when 'motion' then scores.motion
            when 'risk' then scores.risk
            when 'profitability' then scores.profitability
        end as score,
        round(changes.score_now - changes.score_before, 1) as score_change,
        coalesce(
            case dimensions.dimension
                when 'motion' then scores.motion_evidence
                when 'risk' then scores.risk_evidence
                when 'profitability' then scores.profitability_evidence
            end, 0
        ) as evidence,
    from opportunities
    cross join dimensions
    left join scores on opportunities.opportunity_id = scores.opportunity_id
    left join changes
        on opportunities.opportunity_id = changes.opportunity_id and dimensions.dimension = changes.dimension

)

select * from final
