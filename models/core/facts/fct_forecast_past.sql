-- One row per segment (`all` among them) and horizon that was ever scored: customers that left or grew and deals that were
-- won, as forecast on past quarter starts from what was known then, beside what came. Only every so many quarter starts
-- count that no month is counted twice, the newest first. Segments are those of the origin.
with scores as (

    select * from {{ ref('stg_predictions__backtest_score') }}
    where model = 'ours' and quantity in ('churn', 'expansion', 'win')

),

newest as (

    select
        quantity,
        horizon_months,
        max(origin_on) as newest_origin_on,
    from scores
    group by quantity, horizon_months

),

kept as (

    select scores.*
    from scores
    inner join newest on scores.quantity = newest.quantity and scores.horizon_months = newest.horizon_months
    where {{ months_between('scores.origin_on', 'newest.newest_origin_on') }} % scores.horizon_months = 0

),

summed as (

    select
        segment_id,
        horizon_months,
        count(distinct origin_on) filter (where quantity = 'churn') as past_n_origins,
        cast(sum(n_observed) filter (where quantity = 'churn' and metric = 'observed') as bigint) as past_n_customers,
        cast(sum(n_events) filter (where quantity = 'churn' and metric = 'observed') as bigint) as past_left_observed,
        -- a thousandth is enough, and whole numbers add up the same in any order
        cast(
            sum(cast(round(value * 1000) as bigint)) filter (where quantity = 'churn' and metric = 'expected')
            * 0.001 as decimal(18, 3)
        ) as past_left_expected,
        cast(
            sum(cast(round(value * 1000) as bigint)) filter (where quantity = 'expansion' and metric = 'expected')
            * 0.001 as decimal(18, 3)
        ) as past_expanded_expected,
        cast(
            sum(cast(round(value * 1000) as bigint)) filter (where quantity = 'win' and metric = 'expected')
            * 0.001 as decimal(18, 3)
        ) as past_won_expected,
        cast(sum(n_events) filter (where quantity = 'expansion' and metric = 'observed') as bigint) as past_expanded_observed,
        cast(sum(n_events) filter (where quantity = 'win' and metric = 'observed') as bigint) as past_won_observed,
        -- of one segment a cover is yes or no; that of all counts its segments
        cast(
            sum(case when segment_id = 'all' then n_observed else 1 end)
            filter (where quantity = 'churn' and metric = 'interval_cover') as bigint
        ) as past_left_n_intervals,
        cast(
            sum(case when segment_id = 'all' then n_events else cast(round(value) as bigint) end)
            filter (where quantity = 'churn' and metric = 'interval_cover') as bigint
        ) as past_left_n_held,
        cast(
            sum(cast(round(value * 1000000) as bigint) * n_observed)
            filter (where quantity = 'churn' and metric = 'log_loss_skill') as hugeint
        ) as skill_observed_e6,
        cast(sum(n_observed) filter (where quantity = 'churn' and metric = 'log_loss_skill') as hugeint) as skill_observed,
    from kept
    group by segment_id, horizon_months

),

final as (

    select
        segment_id,
        horizon_months,
        case
            when past_n_customers is null then 'not_scored'
            -- under 200 of each, calibration cannot be judged (Van Calster 2016), as in mart_model_backtest
            when least(past_left_observed, past_n_customers - past_left_observed) < 200 then 'too_few'
            else 'judged'
        end as past_status,
        case when past_n_origins > 0 then past_n_origins end as past_n_origins,
        past_n_customers,
        past_left_expected,
        past_left_observed,
        cast(
            {{ round_ratio(
                'cast(past_left_observed as hugeint) * 1000000000', 'nullif(cast(past_left_expected * 1000 as bigint), 0)'
            ) }} * 0.000001 as decimal(18, 6)
        ) as past_left_observed_per_expected,
        past_left_n_intervals,
        past_left_n_held,
        cast({{ round_ratio('past_left_n_held * 1000000', 'nullif(past_left_n_intervals, 0)') }} * 0.000001 as decimal(9, 6))
            as past_left_interval_cover,
        cast({{ round_ratio('skill_observed_e6', 'nullif(skill_observed, 0)') }} * 0.000001 as decimal(18, 6))
            as past_left_skill,
        past_expanded_expected,
        past_expanded_observed,
        past_won_expected,
        past_won_observed,
    from summed

)

select * from final
