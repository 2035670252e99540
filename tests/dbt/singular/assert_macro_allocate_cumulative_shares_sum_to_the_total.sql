-- A failing row means that shares of a total lose or invent a cent, or that a credit is not the mirror of its charge.
with totals as (

    select unnest([0, 1, 100, 1000, 99999, -1, -1000, -99999]) as total

),

weights as (

    select
        unnest(range(0, 7)) as step,
        7 as weight_total,

    union all

    select
        unnest(range(0, 31)) as step,
        31 as weight_total,

),

steps as (

    select
        totals.total,
        weights.step,
        weights.weight_total,
    from totals
    cross join weights

),

shares as (

    select
        total,
        weight_total,
        {{ allocate_cumulative('total', 'step', 'step + 1', 'weight_total') }} as share,
    from steps

),

mirrored as (

    select
        total,
        weight_total,
        {{ allocate_cumulative('-total', 'step', 'step + 1', 'weight_total') }} as share,
    from steps

)

select
    total,
    weight_total,
    sum(share) as allocated,
    max(share) - min(share) as spread,
from shares
group by total, weight_total
-- even weights may differ by one unit at most
having sum(share) != total or max(share) - min(share) > 1

union all

select
    total,
    weight_total,
    sum(share) as allocated,
    max(share) - min(share) as spread,
from mirrored
group by total, weight_total
having sum(share) != -total
