-- A failing row is a stated channel whose key is not the one expected: none is unknown, and a word that totals use is told apart.
with cases as (

    select
        unnest(['event', '', null, 'unknown', 'all', 'unallocated']) as channel,
        unnest(['event', 'unknown', 'unknown', 'unknown', 'all (as stated)', 'unallocated (as stated)']) as expected,

)

select
    channel,
    expected,
    {{ name_channel('channel') }} as found,
from cases
where found is distinct from expected
