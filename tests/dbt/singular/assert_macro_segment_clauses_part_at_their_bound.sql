-- A failing row is a clause of a segment rule that meets_clause judges otherwise than the rules are meant: the bound itself
-- lies below, and an unknown category is in no list.
with cases as (

    select * from (
        values
        ('<=', 5.5, null, 5.5, null, true),
        ('>', 5.5, null, 5.5, null, false),
        ('>', 5.5, null, 5.500000000000001, null, true),
        ('in', null, 'a|b', null, 'b', true),
        ('in', null, 'a|b', null, null, false),
        ('not in', null, 'a|b', null, 'ab', true),
        ('not in', null, 'a|b', null, null, true)
    ) as t (operator, threshold, categories, number, category, expected)

)

select
    *,
from cases
where {{ meets_clause('cases', 'cast(number as double)', 'category') }} is distinct from expected
