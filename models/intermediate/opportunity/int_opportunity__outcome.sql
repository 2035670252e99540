-- One row per opportunity: how it ended and how much its ending counts for the deals whose ending is not in yet. A deal open
-- twice as long as nearly all wins took has stalled, which is a way of losing for sellers who close no lost deals. A deal that
-- took long could be decided by now only if it began long ago, so it stands for younger ones too (inverse probability of
-- censoring).
with states as (

    select * from {{ ref('int_opportunity__state') }}

),

aged as (

    select
        opportunity_id,
        is_closed,
        is_won,
        {{ days_between('created_at', as_of_date()) }} // 7 as weeks_known,
        {{ days_between('created_at', "coalesce(closed_at, " ~ as_of_date() ~ ")") }} // 7 as weeks_open,
    from states

),

win_times as (

    select
        count(*) as n_won,
        -- a handful of wins does not tell how long one may take
        case when count(*) >= 20 then greatest(2 * quantile_disc(weeks_open, 0.95), 26) end as stall_weeks,
    from aged
    where is_closed and is_won

),

ended as (

    select
        aged.opportunity_id,
        aged.weeks_known,
        aged.weeks_open,
        case
            when aged.is_closed and aged.is_won then 'won'
            when aged.is_closed then 'lost'
            when aged.weeks_open >= win_times.stall_weeks then 'stalled'
            else 'open'
        end as outcome,
        case when outcome = 'stalled' then win_times.stall_weeks else aged.weeks_open end as weeks_to_outcome,
    from aged
    cross join win_times

),

ages as (

    select
        weeks_known,
        count(*) as n_deals,
    from ended
    group by weeks_known

),

-- how many deals are known for at least so many weeks
known_for as (

    select
        weeks_known,
        sum(n_deals) over (order by weeks_known desc) as n_known,
        sum(n_deals) over () as n_all,
    from ages

),

weights as (

    select
        lengths.weeks_to_outcome,
        -- five deals are the most that one may stand for
        round(least(cast(max(known_for.n_all) as double) / max(known_for.n_known), 5), 6) as outcome_weight,
    from (select distinct weeks_to_outcome from ended) as lengths
    -- the deal itself is known that long, so there is always a row
    inner join known_for on lengths.weeks_to_outcome <= known_for.weeks_known
    group by lengths.weeks_to_outcome

),

final as (

    select
        ended.opportunity_id,
        ended.outcome,
        ended.weeks_to_outcome,
        case when ended.outcome != 'open' then weights.outcome_weight end as outcome_weight,
    from ended
    inner join weights on ended.weeks_to_outcome = weights.weeks_to_outcome

)

select * from final
