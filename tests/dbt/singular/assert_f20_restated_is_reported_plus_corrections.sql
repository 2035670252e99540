-- A failing row is a version of a close whose restated amount is not what was reported plus each of its corrections,
-- added up line by line from the published corrections. Versions that were superseded are held to it too.
with corrections as (

    select
        period_on,
        version,
        sum(amount_delta) as amount_delta,
        count(*) as n_corrections,
    from {{ ref('mart_period_close_correction') }}
    group by period_on, version

)

select
    closes.period,
    closes.version,
    closes.as_reported_amount,
    corrections.amount_delta,
    closes.as_restated_amount,
from {{ ref('mart_period_close') }} as closes
left join corrections on closes.period_on = corrections.period_on and closes.version = corrections.version
where
    closes.status <> 'open'
    and (
        closes.as_restated_amount <> closes.as_reported_amount + coalesce(corrections.amount_delta, 0)
        or closes.n_corrections <> coalesce(corrections.n_corrections, 0)
        or closes.today_amount <> closes.as_restated_amount
    )
