-- A failing row means that numbers are called thin, or firm, on the wrong number of events.
with given as (

    select
        example.n_events,
        example.expected
    from (
        values
        (null, null),
        (0, true),
        (29, true),
        (30, false)
    ) as example (n_events, expected)

)

select
    n_events,
    expected,
    {{ flag_low_support('n_events') }} as actual,
from given
where {{ flag_low_support('n_events') }} is distinct from expected
