-- One row per open opportunity: the numbers that the play rules look at, side by side, as they are this week and as the
-- gates average them over weeks. Null = unknown. The amount is that of fct_opportunity and not repeated here.
{%- set metrics = list_gate_metrics() | reject('equalto', 'amount') | list %}
with opportunities as (

    select * from {{ ref('fct_opportunity') }}
    where is_open

),

metric_weeks as (

    select * from {{ ref('int_opportunity__metric_week') }}
    where week_index = 0

),

roi as (

    select * from {{ ref('int_opportunity__roi_week') }}
    where week_index = 0

),

wide as (

    select
        opportunity_id,
        {%- for metric in metrics %}
            max(raw_value) filter (where metric = '{{ metric }}') as {{ metric }},
            max(smoothed_value) filter (where metric = '{{ metric }}') as {{ metric }}_smoothed,
        {%- endfor %}
    from metric_weeks
    group by opportunity_id

),

final as (

    select
        opportunities.opportunity_id,
        {%- for metric in metrics %}
            {{
                'cast(wide.value_per_hour as decimal(18, 2)) as value_per_hour' if metric == 'value_per_hour'
                else 'wide.' ~ metric
            }},
            wide.{{ metric }}_smoothed,
        {%- endfor %}
        coalesce(roi.economics_status, 'unknown') as economics_status,
    from opportunities
    left join wide on opportunities.opportunity_id = wide.opportunity_id
    left join roi on opportunities.opportunity_id = roi.opportunity_id

)

select * from final
