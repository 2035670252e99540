-- One row per draw, segment and horizon: ARR that the open pipeline brings by then, and what luck adds. The 100 largest
-- deals of a segment are played out one by one; the others, by tenths of log odds, are so many and small that the sum of
-- their luck is normal. A deal that is won late is lost for a horizon, so luck has two parts: whether, and when.
with deals as (

    select * from {{ ref('int_opportunity__forecast_deal') }}
    where is_forecast

),

shifts as (

    select distinct
        draw_id,
        segment_id,
        win_logit_shift,
    from {{ ref('stg_predictions__lifecycle_draw') }}
    where start_age_months = 0

),

drawn_segments as (

    select distinct segment_id
    from shifts

),

ranked as (

    select
        deals.*,
        coalesce(drawn_segments.segment_id, 'all') as draw_segment_id,
        row_number() over (
            partition by deals.segment_id, deals.horizon_months order by deals.arr_cents desc, deals.opportunity_id asc
        ) as size_rank,
    from deals
    left join drawn_segments on deals.segment_id = drawn_segments.segment_id

),

named as (

    select distinct opportunity_id
    from ranked
    where size_rank <= 100

),

draw_ids as (

    select distinct draw_id
    from shifts

),

-- the same luck for every horizon: what is won within three months is won within twelve
lots as (

    select
        named.opportunity_id,
        draw_ids.draw_id,
        {{ get_uniform("'won|' || named.opportunity_id || '|' || draw_ids.draw_id") }} as win_uniform,
        {{ get_uniform("'when|' || named.opportunity_id || '|' || draw_ids.draw_id") }} as time_uniform,
    from named
    cross join draw_ids

),

played as (

    select
        shifts.draw_id,
        ranked.segment_id,
        ranked.horizon_months,
        ranked.arr_cents,
        ranked.won_in_time_share,
        1 / (1 + exp(-(ranked.win_logit + shifts.win_logit_shift))) as win_probability,
        lots.win_uniform,
        lots.time_uniform,
    from ranked
    inner join shifts on ranked.draw_segment_id = shifts.segment_id
    inner join lots on ranked.opportunity_id = lots.opportunity_id and shifts.draw_id = lots.draw_id
    where ranked.size_rank <= 100

),

single_deals as (

    select
        draw_id,
        segment_id,
        horizon_months,
        cast(round(arr_cents * win_probability * won_in_time_share) as bigint) as pipeline_cents,
        cast(
            round(
                arr_cents * won_in_time_share
                * (case when win_uniform < win_probability then 1 else 0 end - win_probability)
            ) as bigint
        ) as win_luck_cents,
        cast(
            round(
                case when win_uniform < win_probability then arr_cents else 0 end
                * (case when time_uniform < won_in_time_share then 1 else 0 end - won_in_time_share)
            ) as bigint
        ) as timing_luck_cents,
    from played

),

-- all in whole units before they are added: sums of integers do not depend on the order of threads
cells as (

    select
        segment_id,
        draw_segment_id,
        horizon_months,
        round(win_logit, 1) as win_logit,
        sum(cast(round(arr_cents * win_probability * won_in_time_share) as bigint)) as pipeline_cents,
        sum(
            cast(
                round(
                    power(cast(arr_cents as double) * won_in_time_share, 2) * win_probability * (1 - win_probability)
                ) as hugeint
            )
        ) as win_variance,
        sum(
            cast(
                round(
                    power(cast(arr_cents as double), 2) * win_probability * won_in_time_share * (1 - won_in_time_share)
                ) as hugeint
            )
        ) as timing_variance,
    from ranked
    where size_rank > 100
    group by segment_id, draw_segment_id, horizon_months, round(win_logit, 1)

),

other_deals as (

    select
        shifts.draw_id,
        cells.segment_id,
        cells.horizon_months,
        cast(
            round(
                cells.pipeline_cents * (1 + exp(-cells.win_logit)) / (1 + exp(-(cells.win_logit + shifts.win_logit_shift)))
            ) as bigint
        ) as pipeline_cents,
        cells.win_variance,
        cells.timing_variance,
    from cells
    inner join shifts on cells.draw_segment_id = shifts.segment_id

),

other_sums as (

    select
        draw_id,
        segment_id,
        horizon_months,
        sum(pipeline_cents) as pipeline_cents,
        sum(win_variance) as win_variance,
        sum(timing_variance) as timing_variance,
    from other_deals
    group by draw_id, segment_id, horizon_months

),

-- one normal pair by draw and segment (Box and Muller 1958)
normals as (

    select
        *,
        sqrt(-2 * ln({{ get_uniform("'radius|' || segment_id || '|' || draw_id") }})) as radius,
        6.283185307179586 * {{ get_uniform("'angle|' || segment_id || '|' || draw_id") }} as angle,
    from other_sums

),

parts as (

    select
        draw_id,
        segment_id,
        horizon_months,
        pipeline_cents,
        win_luck_cents,
        timing_luck_cents,
    from single_deals

    union all

    select
        draw_id,
        segment_id,
        horizon_months,
        pipeline_cents,
        cast(round(sqrt(cast(win_variance as double)) * radius * cos(angle)) as bigint) as win_luck_cents,
        cast(round(sqrt(cast(timing_variance as double)) * radius * sin(angle)) as bigint) as timing_luck_cents,
    from normals

),

summed as (

    select
        draw_id,
        segment_id,
        horizon_months,
        cast(sum(pipeline_cents) as bigint) as pipeline_cents,
        cast(sum(win_luck_cents) as bigint) as win_luck_cents,
        cast(sum(timing_luck_cents) as bigint) as timing_luck_cents,
    from parts
    group by draw_id, segment_id, horizon_months

),

-- luck is centred, so that adding it moves no mean
final as (

    select
        draw_id,
        segment_id,
        horizon_months,
        pipeline_cents,
        win_luck_cents - {{ round_ratio('sum(win_luck_cents) over cell', 'count(*) over cell') }} as win_luck_cents,
        timing_luck_cents - {{ round_ratio('sum(timing_luck_cents) over cell', 'count(*) over cell') }} as timing_luck_cents,
    from summed
    window cell as (partition by segment_id, horizon_months)

)

select * from final
