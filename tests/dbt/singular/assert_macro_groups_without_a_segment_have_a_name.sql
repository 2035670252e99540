-- A failing row means that a total, or customers without a segment, stand in a mart without their name.
with given as (

    select
        example.segment_id,
        example.segment_name,
        example.expected
    from (
        values
        ('S1', 'Heavy services', 'Heavy services'),
        ('all', null, 'All customers'),
        ('unassigned', null, 'Unassigned')
    ) as example (segment_id, segment_name, expected)

)

select
    segment_id,
    expected,
    {{ name_group('segment_id', 'segment_name') }} as actual,
from given
where {{ name_group('segment_id', 'segment_name') }} is distinct from expected
