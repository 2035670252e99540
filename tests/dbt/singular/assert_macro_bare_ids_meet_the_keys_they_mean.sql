-- A failing row means that split_id_list or scope_like reads an id wrongly, so merged tickets or reorganised ones are
-- placed with the wrong customer.
with given as (

    select
        example.claim,
        example.id_list,
        example.key_id,
        example.expected
    from (
        values
        ('numbers in JSON', '[12, 13]', '99', '12|13'),
        ('texts in JSON', '["12","13"]', '99', '12|13'),
        ('parted by commas', '12,13', '99', '12|13'),
        ('one', '[12]', '99', '12'),
        ('the key has a connector in front', '[12,13]', 'eu:99', 'eu:12|eu:13'),
        ('an empty list', '[]', '99', null),
        ('nothing', null, '99', null)
    ) as example (claim, id_list, key_id, expected)

),

listed as (

    select
        claim,
        key_id,
        unnest({{ split_id_list('id_list') }}) as listed_id,
    from given

),

actual as (

    select
        claim,
        string_agg({{ scope_like('listed_id', 'key_id') }}, '|' order by listed_id) as actual,
    from listed
    group by claim

)

select
    given.claim,
    given.expected,
    actual.actual,
from given
left join actual on given.claim = actual.claim
where actual.actual is distinct from given.expected
