-- A failing row means that a comparison in a mart is too bold, too timid or the wrong way round. Expected values were computed
-- apart from the macros (scipy's normal distribution; Agresti and Caffo; Katz; linearised ratios).
with normal as (

    select
        'normal ' || example.z as claim,
        {{ get_normal_probability('example.z') }} as actual,
        example.expected,
    from (
        values (-3, 0.001350), (-1.6448536269514722, 0.05), (0, 0.5), (0.5, 0.691462), (1, 0.841345), (8, 1), (null, null)
    ) as example (z, expected)

),

share_examples as (

    select example.*
    from (
        values
        (30, 100, 20, 100, 1.61680, 0.98890, 2.23841),
        (0, 10, 5, 10, -2.52646, 0, 0.92611),
        (5, 10, 0, 10, 2.52646, 1.07978, null),
        (10, 10, 10, 10, 0, 1, 1),
        -- none of 25 is no proof: the spread of both together counts where it says less
        (0, 25, 60, 200, -3.19801, 0, 0.65467),
        (0, 0, 5, 10, null, null, null),
        (5, 10, 0, 0, null, null, null)
    ) as example (k, n, k_other, n_other, z, lift_low, lift_high)

),

shares as (

    {% for measure, expression in {
        'z': compare_share('k', 'n', 'k_other', 'n_other'),
        'lift_low': bound_lift('k', 'n', 'k_other', 'n_other', -1),
        'lift_high': bound_lift('k', 'n', 'k_other', 'n_other', 1),
    }.items() %}
        select
            '{{ measure }} of ' || k || ' of ' || n || ' and ' || k_other || ' of ' || n_other as claim,
            {{ expression }} as actual,
            {{ measure }} as expected,
        from share_examples
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

ratio_examples as (

    select example.*
    from (
        values
        (6, 6, 14, 12, 12, 3, -1.26384),
        -- units that do not vary may have been lucky: they are taken to vary as those of both groups do
        (8, 8, 16, 16, 16, 4, -1.49549),
        -- one unit tells nothing of its spread
        (6, 6, 36, 36, 36, 1, null),
        (6, 0, 36, 0, 0, 3, null)
    ) as example (y, x, yy, xy, xx, n, z)

),

ratios as (

    {% set group = ['y', 'x', 'yy', 'xy', 'xx', 'n'] %}
    {% set other = ['12', '8', '38', '25', '18', '4'] %}
    select
        'z of ' || y || ' by ' || x || ', ' || n || ' units' as claim,
        {{ compare_ratio(group, other) }} as actual,
        z as expected,
    from ratio_examples

),

better as (

    select
        'higher is better' as claim,
        {{ get_probability_better('example.z', 'higher') }} as actual,
        0.8413 as expected,
    from (values (1)) as example (z)

    union all

    select
        'lower is better' as claim,
        {{ get_probability_better('example.z', 'lower') }} as actual,
        0.1587 as expected,
    from (values (1)) as example (z)

),

compared as (

    select * from normal

    union all

    select * from shares

    union all

    select * from ratios

    union all

    select * from better

)

select *
from compared
where (actual is null) != (expected is null) or abs(actual - expected) > 0.00001
