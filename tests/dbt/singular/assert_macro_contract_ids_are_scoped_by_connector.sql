-- A failing row means that scope_id or scope_id_list gives an id that records of two connectors could share, or that no
-- longer meets the id on the other side of a join.
with given as (

    select
        example.claim,
        example.source_relation,
        example.id,
        example.listed,
        example.expected_id,
        example.expected_list
    from (
        values
        ('one connector: the id stays', null, 12, '[13, 14]', '12', '["13","14"]'),
        ('several connectors', 'north', 12, '[13, 14]', 'north:12', '["north:13","north:14"]'),
        ('ids as text', null, 12, '["13"]', '12', '["13"]'),
        ('ids without brackets', 'north', 12, '13,14', 'north:12', '["north:13","north:14"]'),
        ('an empty list is none', 'north', 12, '[]', 'north:12', null),
        ('null stays null', 'north', null, null, null, null)
    ) as example (claim, source_relation, id, listed, expected_id, expected_list)

),

checked as (

    select
        claim,
        expected_id,
        {{ scope_id('id') }} as actual_id,
        expected_list,
        {{ scope_id_list('listed') }} as actual_list
    from given

)

select *
from checked
where
    actual_id is distinct from expected_id
    or actual_list is distinct from expected_list
