-- A failing row means that an amount in major units is not the amount that stood there in minor units.
with given as (

    select
        example.claim,
        example.amount_minor,
        example.exponent,
        cast(example.expected as decimal(20, 3)) as expected
    from (
        values
        ('no decimals', 12345, 0, '12345'),
        ('one decimal', -7, 1, '-0.7'),
        ('two decimals', 1, 2, '0.01'),
        ('three decimals', -12345, 3, '-12.345'),
        ('large', 99999999999999, 3, '99999999999.999'),
        ('unknown stays unknown', null, 2, null)
    ) as example (claim, amount_minor, exponent, expected)

)

select
    claim,
    amount_minor,
    expected,
    {{ convert_to_major_units('amount_minor', 'exponent') }} as actual,
from given
where {{ convert_to_major_units('amount_minor', 'exponent') }} is distinct from expected
