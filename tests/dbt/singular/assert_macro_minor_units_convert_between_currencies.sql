-- A failing row means that an amount changes its size when it changes its currency: off by a factor of ten or a
-- hundred, or rounded twice.
with given as (

    select
        example.claim,
        example.amount_minor,
        example.from_exponent,
        cast(example.rate as decimal(18, 8)) as rate,
        example.to_exponent,
        example.expected
    from (
        values
        ('same currency', 12345, 2, '1', 2, 12345),
        ('no decimals to two', 1000, 0, '0.0067', 2, 670),
        ('three decimals to two', 12345, 3, '3.25', 2, 4012),
        ('two decimals to none', 670, 2, '149.25373134', 0, 1000),
        ('a half goes away from zero', 1, 2, '0.5', 2, 1),
        ('a half below zero goes away from zero', -1, 2, '0.5', 2, -1),
        ('no rate is unknown', 1000, 2, null, 2, null)
    ) as example (claim, amount_minor, from_exponent, rate, to_exponent, expected)

)

select
    claim,
    amount_minor,
    expected,
    {{ convert_minor_units('amount_minor', 'from_exponent', 'rate', 'to_exponent') }} as actual,
from given
where {{ convert_minor_units('amount_minor', 'from_exponent', 'rate', 'to_exponent') }} is distinct from expected
