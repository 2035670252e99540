-- One row per open opportunity: the numbers that the play rules look at, side by side. Null = unknown.
with opportunities as (

    select * from {{ ref('fct_opportunity') }}
    where is_open

),

scores as (

    select * from {{ ref('fct_opportunity_score') }}

),

roi as (

    select * from {{ ref('fct_opportunity_roi') }}

),

wide_scores as (

    select
        opportunity_id,
        max(score) filter (where dimension = 'motion') as motion,
        max(score) filter (where dimension = 'risk') as risk,
        max(score) filter (where dimension = 'profitability') as profitability,
    from scores
    group by opportunity_id

),

final as (

    select
        opportunities.opportunity_id,
        wide_scores.motion,
        wide_scores.risk,
        wide_scores.profitability,
        cast(roi.roi_expected_mean as double) as roi,
        roi.p_expected_roi_negative as p_negative,
        roi.p_accelerate_positive as p_incremental,
        cast(
            {{ round_ratio('cast(roi.roi_expected_mean * 10000 as hugeint)', 'cast(roi.hours_to_close * 100 as hugeint)') }}
            * 0.01 as decimal(18, 2)
        ) as value_per_hour,
        opportunities.segment_confidence,
        coalesce(roi.economics_status, 'unknown') as economics_status,
    from opportunities
    left join wide_scores on opportunities.opportunity_id = wide_scores.opportunity_id
    left join roi on opportunities.opportunity_id = roi.opportunity_id

)

select * from final
