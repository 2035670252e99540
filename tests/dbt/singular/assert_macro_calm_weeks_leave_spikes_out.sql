-- A failing row is a list of weeks whose calm mean is not the one worked out by hand. Does not claim that weeks are whole.
with examples as (

    select listed.*
    from (
        values
        ('four even', [1, 1, 1, 1], 1.0),
        ('a spike in four', [1, 1, 5, 1], 1.0),
        ('a spike alone', [0, 0, 3, 0], 0.0),
        ('two of eight', [9, 9, 1, 1, 1, 1, 1, 1], 1.0),
        ('five weeks lose two', [3, 2, 1, 1, 1], 1.0),
        ('three weeks lose one', [3, 2, 1], 1.5),
        ('one week', [3], null)
    ) as listed (example, week_values, expected)

)

select
    example,
    expected,
    {{ mean_of_calm_weeks('week_values') }} as actual,
from examples
where {{ mean_of_calm_weeks('week_values') }} is distinct from cast(expected as double)
