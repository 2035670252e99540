-- A row = a running average that differs from the recursion written out by hand, or a limit judged on the wrong side. Three
-- values with weights 0.4, 0.9 and 1 and a run of forty equal ones, as the longest that the play policy could ask for.
with given_rows as (

    select
        'light' as run,
        0.4 as weight,
        [70.0, 50.0, 60.0] as given_values,
        [70.0, 62.0, 61.2] as averages,
    union all
    select
        'heavy' as run,
        0.9 as weight,
        [-10.0, 10.0, 0.0] as given_values,
        [-10.0, 8.0, 0.8] as averages,
    union all
    select
        'whole' as run,
        1.0 as weight,
        [3.0, 5.0] as given_values,
        [3.0, 5.0] as averages,
    union all
    select
        'long' as run,
        0.4 as weight,
        list_transform(range(0, 40), lambda i: 33.3) as given_values,
        list_transform(range(0, 40), lambda i: 33.3) as averages,

),

values_of_runs as (

    select
        run,
        weight,
        unnest(range(0, len(given_values))) as position,
        unnest(given_values) as value,
        unnest(averages) as expected,
    from given_rows

),

typed as (

    select
        run,
        position,
        cast(weight as double) as weight,
        cast(value as double) as value,
        cast(expected as double) as expected,
    from values_of_runs

),

averaged as (

    select
        *,
        {{ smooth_exponentially('value', 'weight', 'position', ['run'], 'position') }} as average,
    from typed

),

values_tried as (

    select unnest([54.99, 55.0, 55.01, null]) as value

),

directions as (

    select unnest(['at_least', 'at_most', 'sideways']) as opens

),

limits_tried as (

    select unnest([55.0, null]) as limit_value

),

limits as (

    select
        value,
        opens,
        limit_value,
        case
            when value is not null and limit_value is not null and opens != 'sideways'
                -- 55 lies on both open sides of itself
                then value = limit_value or (opens = 'at_least') = (value > limit_value)
        end as expected,
    from values_tried
    cross join directions
    cross join limits_tried

)

select
    run || ' ' || position as subject,
    cast(average as varchar) as found,
from averaged
where average is distinct from expected

union all

select
    opens || ' ' || coalesce(cast(value as varchar), 'null') as subject,
    cast({{ passes_limit('value', 'opens', 'limit_value') }} as varchar) as found,
from limits
where {{ passes_limit('value', 'opens', 'limit_value') }} is distinct from expected
