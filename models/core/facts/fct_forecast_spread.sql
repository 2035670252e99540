-- One row per segment, horizon, measure and unknown (`all` for the sum of segments, and for the sum of unknowns): how much of
-- the variance of the company's forecast it is responsible for. What is common to segments counts with its covariance with
-- the company's total, the luck of single deals and customers, which is independent, with its own variance. Figures are
-- n_draws squared times the variance, whole numbers, so that parts add up to the whole exactly.
with draws as (

    select * from {{ ref('fct_forecast_draw') }}

),

unknowns as (

    select * from {{ ref('forecast_unknown') }}

),

measured as (

    select
        draws.draw_id,
        draws.segment_id,
        draws.horizon_months,
        unknowns.measure,
        draws.unknown,
        unknowns.is_common,
        cast(draws.forecast_cents as hugeint) as forecast_cents,
    from draws
    inner join unknowns on draws.unknown = unknowns.unknown

),

common_sums as (

    select
        draw_id,
        horizon_months,
        measure,
        coalesce(segment_id, 'all') as segment_id,
        coalesce(unknown, 'all') as unknown,
        sum(forecast_cents) as forecast_cents,
    from measured
    where is_common
    group by draw_id, horizon_months, measure, cube(segment_id, unknown)

),

company as (

    select * from common_sums
    where segment_id = 'all' and unknown = 'all'

),

common as (

    select
        common_sums.segment_id,
        common_sums.horizon_months,
        common_sums.measure,
        common_sums.unknown,
        cast(
            count(*) * sum(common_sums.forecast_cents * company.forecast_cents)
            - sum(common_sums.forecast_cents) * sum(company.forecast_cents) as hugeint
        ) as covariance_n2,
        cast(
            count(*) * sum(common_sums.forecast_cents * common_sums.forecast_cents)
            - sum(common_sums.forecast_cents) * sum(common_sums.forecast_cents) as hugeint
        ) as variance_n2,
    from common_sums
    inner join company
        on
            common_sums.draw_id = company.draw_id
            and common_sums.horizon_months = company.horizon_months
            and common_sums.measure = company.measure
    group by common_sums.segment_id, common_sums.horizon_months, common_sums.measure, common_sums.unknown

),

luck_cells as (

    select
        segment_id,
        horizon_months,
        measure,
        unknown,
        count(*) * sum(forecast_cents * forecast_cents) - sum(forecast_cents) * sum(forecast_cents) as variance_n2,
    from measured
    where not is_common
    group by segment_id, horizon_months, measure, unknown

),

luck as (

    select
        coalesce(segment_id, 'all') as segment_id,
        horizon_months,
        measure,
        coalesce(unknown, 'all') as unknown,
        cast(sum(variance_n2) as hugeint) as variance_n2,
    from luck_cells
    group by horizon_months, measure, cube(segment_id, unknown)

),

final as (

    select
        coalesce(common.segment_id, luck.segment_id) as segment_id,
        coalesce(common.horizon_months, luck.horizon_months) as horizon_months,
        coalesce(common.measure, luck.measure) as measure,
        coalesce(common.unknown, luck.unknown) as unknown,
        coalesce(common.covariance_n2, 0) + coalesce(luck.variance_n2, 0) as explained_n2,
        -- what the total would lose without it: both of its covariances, less its own variance, which they count twice
        2 * coalesce(common.covariance_n2, 0) - coalesce(common.variance_n2, 0) + coalesce(luck.variance_n2, 0)
            as removed_n2,
        coalesce(common.variance_n2, 0) + coalesce(luck.variance_n2, 0) as own_n2,
    from common
    full outer join luck
        on
            common.segment_id = luck.segment_id
            and common.horizon_months = luck.horizon_months
            and common.measure = luck.measure
            and common.unknown = luck.unknown

)

select * from final
