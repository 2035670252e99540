-- A failing row means that groups with another mix of strata seem to differ, or that chance is taken for less than it is.
-- Where one of 10 in the first stratum and one of 2 in the second holds for both groups, and the first group has ten times
-- as many of the second, the rates are alike. For events the variance is that of a hypergeometric draw (Mantel and Haenszel
-- 1959): with 3 of 6 against 1 of 6 it is 6 * 6 * 4 * 8 / (12 * 12 * 11).
with strata as (

    select example.*
    from (
        values
        ('first', 10, 100, 100, 1000),
        ('second', 500, 1000, 50, 100)
    ) as example (stratum, y, x, y_other, x_other)

),

summed as (

    select
        {{ get_weighted_ratio(
            'sum(' ~ get_overlap_weight('x', 'x_other') ~ ' * y)', 'sum(' ~ get_overlap_weight('x', 'x_other') ~ ' * x)'
        ) }} as rate,
        {{ get_weighted_ratio(
            'sum(' ~ get_overlap_weight('x_other', 'x') ~ ' * y_other)',
            'sum(' ~ get_overlap_weight('x_other', 'x') ~ ' * x_other)'
        ) }} as other_rate,
        {{ get_weighted_ratio('sum(y)', 'sum(x)') }} as crude_rate,
        {{ get_weighted_ratio('sum(y_other)', 'sum(x_other)') }} as other_crude_rate,
    from strata

),

spreads as (

    select
        {{ get_stratum_spread(['3', '6', '3', '3', '6', '6'], ['1', '6', '1', '1', '6', '6']) }} as of_both,
        {{ get_stratum_spread(['3', '6', '3', '3', '6', '6'], ['0', '0', '0', '0', '0', '0']) }} as of_one,

)

select 'mix' as claim
from summed
where abs(rate - other_rate) > 0.000001 or abs(crude_rate - other_crude_rate) < 0.1

union all

select 'variance' as claim
from spreads
where abs(of_both - 6.0 * 6 * 4 * 8 / (12 * 12 * 11)) > 0.000001

union all

select 'one group' as claim
from spreads
where of_one is distinct from 0
