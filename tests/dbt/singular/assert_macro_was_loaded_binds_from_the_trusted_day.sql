-- A failing row means that a load time is trusted where the company does not trust it, or not where it does. The macro is
-- rendered with the company's variables, so this claims what must hold for any of them: rows without a load time and rows
-- loaded on or before the as-of day always pass, and one loaded later passes unless load time is trusted on the as-of day.
{%- set trusted_from = var('load_time_trusted_from', none) %}
with given as (

    select
        example.synced_at,
        example.expected
    from (
        values
        (cast(null as timestamp), true),
        ({{ as_of_end() }} - interval '1 second', true),
        ({{ as_of_end() }}, {{ "cast('" ~ trusted_from ~ "' as date) > " ~ as_of_date() if trusted_from else 'true' }})
    ) as example (synced_at, expected)

)

select
    synced_at,
    expected,
    {{ was_loaded('synced_at') }} as actual,
from given
where {{ was_loaded('synced_at') }} is distinct from expected
