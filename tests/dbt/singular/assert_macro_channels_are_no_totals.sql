-- A failing row is a stated channel whose key is not the one expected: none is unknown, and a word that totals use is told apart.
with cases as (

    select
        channel,
        expected,
    from (
        values
        ('event', 'event'), ('', 'unknown'), (null, 'unknown'), ('unknown', 'unknown'), ('all', 'all (as stated)'),
        ('unallocated', 'unallocated (as stated)')
    ) as c (channel, expected)

)

select
    channel,
    expected,
    {{ name_channel('channel') }} as found,
from cases
where found is distinct from expected
