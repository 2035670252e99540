-- One row per open opportunity and dimension (motion, risk, profitability): weighted mean of its known components from
-- 0 to 100, its change since the week before, and the share of weight that is known. High is good for motion and
-- profitability and bad for risk. A missing signal lowers the evidence and not the score.
with components as (

    select * from {{ ref('fct_opportunity_score_component') }}

),

weekly as (

    select
        opportunity_id,
        week_index,
        dimension,
        sum(weight * component_score order by component) filter (where is_known)
        / nullif(sum(weight) filter (where is_known), 0) as score,
        cast(sum(weight) filter (where is_known) as double) / sum(weight) as evidence,
    from components
    group by opportunity_id, week_index, dimension

),

final as (

    select
        this_week.opportunity_id,
        this_week.dimension,
        round(this_week.score, 1) as score,
        round(this_week.score, 1) - round(last_week.score, 1) as score_change,
        round(coalesce(this_week.evidence, 0), 4) as evidence,
    from weekly as this_week
    left join weekly as last_week
        on
            this_week.opportunity_id = last_week.opportunity_id
            and this_week.dimension = last_week.dimension
            and last_week.week_index = 1
    where this_week.week_index = 0

)

select * from final
