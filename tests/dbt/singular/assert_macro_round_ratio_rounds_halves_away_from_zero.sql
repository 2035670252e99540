-- A failing row means that round_ratio, the only place where money is divided, is off by a cent or by more.
with given as (

    select
        example.claim,
        example.numerator,
        example.denominator,
        example.expected
    from (
        values
        ('exact', 12, 3, 4),
        ('below a half goes down', 10, 8, 1),
        ('a half goes up', 12, 8, 2),
        ('a half below zero goes down', -12, 8, -2),
        ('the same half at an even neighbour', 5, 2, 3),
        ('above a half goes up', 13, 8, 2),
        ('just below a half', 499999999999, 1000000000000, 0),
        ('a number beyond 64 bits in between', 9000000000000000000, 3, 3000000000000000000),
        ('nothing', 0, 7, 0),
        ('null stays null', null, 7, null),
        ('no denominator', 7, null, null)
    ) as example (claim, numerator, denominator, expected)

)

select
    claim,
    numerator,
    denominator,
    expected,
    {{ round_ratio('numerator', 'denominator') }} as actual,
from given
where {{ round_ratio('numerator', 'denominator') }} is distinct from expected
