-- One row per opportunity and decision week: motion, risk and profitability, each the weighted mean of its known components
-- from 0 to 100, and the share of weight that is known. A missing signal lowers the evidence and not the score. High is good
-- for motion and profitability and bad for risk.
{%- set dimensions = ['motion', 'risk', 'profitability'] %}
with components as (

    select * from {{ ref('int_opportunity__score_component_week') }}

),

weekly as (

    select
        opportunity_id,
        week_index,
        dimension,
        round(
            sum(weight * component_score order by component) filter (where is_known)
            / nullif(sum(weight) filter (where is_known), 0), 1
        ) as score,
        round(cast(coalesce(sum(weight) filter (where is_known), 0) as double) / sum(weight), 4) as evidence,
    from components
    group by opportunity_id, week_index, dimension

),

final as (

    select
        opportunity_id,
        week_index,
        {%- for dimension in dimensions %}
            max(score) filter (where dimension = '{{ dimension }}') as {{ dimension }},
            coalesce(max(evidence) filter (where dimension = '{{ dimension }}'), 0) as {{ dimension }}_evidence,
        {%- endfor %}
    from weekly
    group by opportunity_id, week_index

)

select * from final
