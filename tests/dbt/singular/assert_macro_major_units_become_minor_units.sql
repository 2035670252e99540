-- A failing row means that a cost stated in major units is off by a factor of ten, rounded twice, or rounded to the
-- wrong side.
with given as (

    select
        example.claim,
        cast(example.amount as decimal(18, 4)) as amount,
        cast(example.rate as decimal(18, 8)) as rate,
        example.to_exponent,
        example.expected
    from (
        values
        ('cents', '123.45', '1', 2, 12345),
        ('no decimals', '123.45', '1', 0, 123),
        ('three decimals', '123.4567', '1', 3, 123457),
        ('a half goes away from zero', '0.005', '1', 2, 1),
        ('a half below zero goes away from zero', '-0.005', '1', 2, -1),
        ('the rate comes before the rounding', '0.004', '1.25', 2, 1),
        ('a rate of yen', '1000', '0.00670000', 2, 670),
        ('large', '12345678901.2345', '1', 3, 12345678901235),
        ('no rate is unknown', '1', null, 2, null),
        ('a currency nobody has is unknown', '1', '1', 4, null)
    ) as example (claim, amount, rate, to_exponent, expected)

)

select
    claim,
    amount,
    expected,
    {{ convert_to_minor_units('amount', 'rate', 'to_exponent') }} as actual,
from given
where {{ convert_to_minor_units('amount', 'rate', 'to_exponent') }} is distinct from expected
