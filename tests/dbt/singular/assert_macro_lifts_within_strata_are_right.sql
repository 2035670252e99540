-- A failing row means that a lift over segments holds the mix of segments, or that its interval or its call is wrong. Expected
-- values were computed apart from the macros (Mantel and Haenszel; Greenland and Robins; hypergeometric variance). Half of 16
-- against a quarter of 20, and 3 of 40 against 2 of 20: 4.4444 + 1 over 2.2222 + 1.3333.
with strata as (

    select example.*
    from (
        values
        ('two strata', 8, 16, 5, 20),
        ('two strata', 3, 40, 2, 20),
        -- one stratum is the crude lift
        ('one stratum', 20, 100, 10, 100),
        ('an empty stratum changes nothing', 20, 100, 10, 100),
        ('an empty stratum changes nothing', 0, 0, 3, 100),
        ('an empty stratum changes nothing', 0, 0, 0, 0),
        ('nobody of the group', 0, 16, 5, 20),
        ('nobody of the group', 0, 40, 2, 20),
        ('nobody of the other', 5, 16, 0, 20),
        ('strata without a common side', 8, 16, 0, 0),
        ('strata without a common side', 0, 0, 2, 20)
    ) as example (claim, k, n, k_other, n_other)

),

measured as (

    select
        claim,
        {{ get_stratified_lift('k', 'n', 'k_other', 'n_other') }} as lift,
        {{ get_stratified_log_variance('k', 'n', 'k_other', 'n_other') }} as log_variance,
        {{ compare_strata('k', 'n', 'k_other', 'n_other') }} as z,
        {{ count_stratified_units('n', 'n_other') }} as n_units,
    from strata
    group by claim

),

expected as (

    select example.*
    from (
        values
        ('two strata', 1.53125, 0.1606505, 1.0650921, 40),
        ('one stratum', 2, 0.13, 1.9753381, 100),
        ('an empty stratum changes nothing', 2, 0.13, 1.9753381, 100),
        ('nobody of the group', 0, null, -2.8741339, 40),
        ('nobody of the other', null, null, 2.6563982, 16),
        ('strata without a common side', null, null, null, 0)
    ) as example (claim, lift, log_variance, z, n_units)

)

select
    expected.claim,
    measured.lift,
    measured.log_variance,
    measured.z,
    measured.n_units,
from expected
inner join measured on expected.claim = measured.claim
where
    coalesce(abs(measured.lift - expected.lift) > 0.000001, (measured.lift is null) != (expected.lift is null))
    or coalesce(
        abs(measured.log_variance - expected.log_variance) > 0.000001,
        (measured.log_variance is null) != (expected.log_variance is null)
    )
    or coalesce(abs(measured.z - expected.z) > 0.000001, (measured.z is null) != (expected.z is null))
    or measured.n_units != expected.n_units
    -- 1.53125 * exp(-1.6448536 * sqrt(0.1606505)), and the other way
    or (
        measured.claim = 'two strata' and (
            abs({{ bound_stratified_lift('measured.lift', 'measured.log_variance', -1) }} - 0.792001) > 0.00001
            or abs({{ bound_stratified_lift('measured.lift', 'measured.log_variance', 1) }} - 2.960511) > 0.00001
        )
    )
