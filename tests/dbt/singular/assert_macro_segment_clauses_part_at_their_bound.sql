-- A failing row is a clause of a segment rule that meets_clause judges otherwise than the rules are meant: the bound itself
-- lies below, and an unknown category is in no list.
with clauses as (

    select
        example.operator,
        cast(example.threshold as double) as threshold,
        example.categories,
        cast(example.number as double) as number,
        example.category,
        example.expected
    from (
        values
        ('<=', 5.5, null, '5.5', null, true),
        ('>', 5.5, null, '5.5', null, false),
        ('>', 5.5, null, '5.500000000000001', null, true),
        ('in', null, 'a|b', null, 'b', true),
        ('in', null, 'a|b', null, null, false),
        ('not in', null, 'a|b', null, 'ab', true),
        ('not in', null, 'a|b', null, null, true)
    ) as example (operator, threshold, categories, number, category, expected)

),

judged as (

    select
        clauses.*,
        {{ meets_clause('clauses', 'clauses.number', 'clauses.category') }} as is_met,
    from clauses

)

select * from judged
where is_met is distinct from expected
