-- One row per segment (`all` and `unassigned` among them) and velocity band (`all` and `unknown` among them): counts and
-- sums of the decided new-business deals in it. Every band has a row, also without a deal.
with outcomes as (

    select * from {{ ref('fct_deal_outcome') }}

),

paces as (

    select * from {{ ref('fct_deal_velocity') }}

),

bands as (

    select * from {{ ref('fct_velocity_band') }}

),

segments as (

    {{ select_segment_groups(ref('dim_segment')) }}

),

measured as (

    select
        outcomes.*,
        paces.velocity_band,
        paces.is_faster_than_company,
        case when outcomes.is_won then outcomes.cycle_days end as won_days,
    from outcomes
    inner join paces on outcomes.opportunity_id = paces.opportunity_id

),

summed as (

    select
        case grouping(segment_id) when 1 then 'all' else segment_id end as segment_id,
        case grouping(velocity_band) when 1 then 'all' else velocity_band end as velocity_band,
        {{ sum_deal_outcomes('measured') }},
        count(won_days) as n_won_pace_known,
        cast(sum(won_days) as bigint) as won_days,
        quantile_disc(won_days, 0.25) as won_days_p25,
        quantile_disc(won_days, 0.5) as won_days_p50,
        quantile_disc(won_days, 0.75) as won_days_p75,
        count(*) filter (where measured.is_faster_than_company) as n_faster_than_company,
    from measured
    group by grouping sets ((segment_id, velocity_band), (segment_id), (velocity_band), ())  -- noqa: PRS, RF03

),

final as (

    select
        segments.segment_id,
        bands.velocity_band,
        bands.band_order,
        bands.band_name,
        bands.from_days,
        bands.until_days,
        {{ keep_deal_outcomes('summed') }},
        coalesce(summed.n_won_pace_known, 0) as n_won_pace_known,
        summed.won_days,
        summed.won_days_p25,
        summed.won_days_p50,
        summed.won_days_p75,
        coalesce(summed.n_faster_than_company, 0) as n_faster_than_company,
    from segments
    cross join bands
    left join summed on segments.segment_id = summed.segment_id and bands.velocity_band = summed.velocity_band

)

select * from final
