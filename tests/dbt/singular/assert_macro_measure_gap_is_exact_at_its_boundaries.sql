-- A failing row means that measure_gap is off, so that amounts a shade beyond the tolerance link a deal, or amounts on it
-- do not.
with given as (

    select
        example.claim,
        cast(example.amount as decimal(18, 2)) as amount,
        cast(example.reference as decimal(18, 2)) as reference,
        example.expected
    from (
        values
        ('a tenth above', 110.00, 100.00, 100000),
        ('a tenth below', 90.00, 100.00, 100000),
        ('a cent beyond a tenth', 110.01, 100.00, 100100),
        ('equal', 100.00, 100.00, 0),
        ('a large amount', 9000000000000000.00, 4500000000000000.00, 1000000),
        ('no amount', null, 100.00, null),
        ('no reference', 100.00, null, null),
        ('a free deal', 100.00, 0.00, null),
        ('a negative deal', 100.00, -100.00, null)
    ) as example (claim, amount, reference, expected)

)

select
    claim,
    expected,
    {{ measure_gap('amount', 'reference') }} as actual,
from given
where {{ measure_gap('amount', 'reference') }} is distinct from expected
