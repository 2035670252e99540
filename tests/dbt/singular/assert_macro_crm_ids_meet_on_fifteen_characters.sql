-- A failing row means that two forms of one Salesforce id no longer meet, or that ids of another kind are cut.
with given as (

    select
        example.id,
        example.expected
    from (
        values
        ('0011H000026CXpiQAG', '0011H000026CXpi'),
        ('0011H000026CXpi', '0011H000026CXpi'),
        ('0011H000026CXpIQAG', '0011H000026CXpI'),
        ('house-key-0123456', 'house-key-0123456'),
        ('12345', '12345'),
        (null, null)
    ) as example (id, expected)

),

checked as (

    select
        id,
        expected,
        {{ get_crm_id_key('id') }} as actual
    from given

)

select *
from checked
where actual is distinct from expected
