-- A failing row means that luck is called a pattern, or that a pattern is not called. Rates follow Benjamini and Hochberg: the
-- p values .01, .02, .03 and .5 of four looks have the rates .04, .04, .04 and .5.
with examples as (

    select example.*
    from (
        values
        ('a', 1, 0.01, 0.04),
        ('a', 2, 0.02, 0.04),
        ('a', 3, 0.03, 0.04),
        ('a', 4, 0.5, 0.5),
        ('a', 5, null, null),
        -- two of the same p are two looks at the same rank
        ('b', 1, 0.04, 0.04),
        ('b', 2, 0.04, 0.04),
        ('c', 1, 0.9, 0.9)
    ) as example (family, look, p, expected)

),

adjusted as (

    select
        *,
        {{ adjust_for_looks('p', 'family') }} as adjusted_p,
    from examples

),

rated as (

    select
        *,
        {{ get_false_call_rate('adjusted_p', 'p', 'family') }} as rate,
    from adjusted

),

judged as (

    select
        example.claim,
        {{ judge_difference('example.z', 'example.rate', 'example.n_units', '20', '0.10') }} as verdict,
        example.expected,
    from (
        values
        ('at the limit', 2.0, 0.10, 20, 'higher'),
        ('below nil', -2.0, 0.05, 20, 'lower'),
        ('beyond the limit', 2.0, 0.101, 20, 'not_told_apart'),
        ('too small', 9.0, 0.0, 19, 'too_few'),
        ('cannot be compared', null, null, 99, 'too_few')
    ) as example (claim, z, rate, n_units, expected)

)

select family || look as claim
from rated
where (rate is null) != (expected is null) or abs(rate - expected) > 0.000001

union all

select claim
from judged
where verdict != expected

union all

select 'two-sided p' as claim
from (select {{ get_two_sided_p('-1.6448536269514722') }} as p) as example
where abs(example.p - 0.1) > 0.000001

union all

select 'nothing to compare is no look' as claim
from (select {{ get_two_sided_p('cast(null as double)') }} as p) as example
where example.p is not null
