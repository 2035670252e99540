-- A failing row means that an interval in a mart is too narrow, too wide or on the wrong side. Expected values were computed
-- apart from the macros (Wilson with z = 1.6449; linearised ratio).
with shares as (

    select
        example.claim,
        {{ bound_share('example.k', 'example.n', -1) }} as low,
        {{ bound_share('example.k', 'example.n', 1) }} as high,
        example.expected_low,
        example.expected_high,
    from (
        values
        ('none of ten', 0, 10, 0, 0.21294),
        ('three of ten', 3, 10, 0.12688, 0.55830),
        ('all of ten', 10, 10, 0.78706, 1),
        ('nobody', 0, 0, null, null)
    ) as example (claim, k, n, expected_low, expected_high)

),

ratios as (

    select
        example.claim,
        {{ bound_ratio('example.y', 'example.x', 'example.yy', 'example.xy', 'example.xx', 'example.n', -1) }} as low,
        {{ bound_ratio('example.y', 'example.x', 'example.yy', 'example.xy', 'example.xx', 'example.n', 1) }} as high,
        example.expected_low,
        example.expected_high,
    from (
        values
        -- residuals -1, 0, 1 around the ratio 1: sqrt(2 * 3 / 2) * 1.6449 / 6
        ('three units', 6, 6, 14.0, 12.0, 12.0, 3, 0.52517, 1.47483),
        ('no spread', 6, 6, 12.0, 12.0, 12.0, 3, 1, 1),
        ('one unit', 2, 2, 4.0, 4.0, 4.0, 1, null, null),
        ('no denominator', 2, 0, 4.0, 0.0, 0.0, 2, null, null)
    ) as example (claim, y, x, yy, xy, xx, n, expected_low, expected_high)

),

-- cut at what the ratio cannot pass: 0.52517 and 1.47483 lie within 0 and 1 on one side only
cut as (

    select
        example.claim,
        {{ bound_ratio('example.y', 'example.x', 'example.yy', 'example.xy', 'example.xx', 'example.n', -1, 0, 1) }} as low,
        {{ bound_ratio('example.y', 'example.x', 'example.yy', 'example.xy', 'example.xx', 'example.n', 1, 0, 1) }} as high,
        example.expected_low,
        example.expected_high,
    from (
        values
        ('cut above', 6, 6, 14.0, 12.0, 12.0, 3, 0.52517, 1),
        ('cut, and unknown', 2, 2, 4.0, 4.0, 4.0, 1, null, null)
    ) as example (claim, y, x, yy, xy, xx, n, expected_low, expected_high)

),

compared as (

    select * from shares

    union all

    select * from cut

    union all

    select * from ratios

)

select *
from compared
where
    (low is null) != (expected_low is null)
    or (high is null) != (expected_high is null)
    or abs(low - expected_low) > 0.00001
    or abs(high - expected_high) > 0.00001
