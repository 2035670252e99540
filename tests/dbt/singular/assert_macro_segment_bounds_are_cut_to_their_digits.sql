-- A failing row is a bound that format_bound writes otherwise than a reader of counts, shares and days expects.
with bounds as (

    select
        cast(example.bound as double) as bound,
        example.digits,
        example.expected
    from (
        values
        (5.5, 0, '5'),
        (6.0, 0, '6'),
        (1.26, 1, '1.3'),
        (0.268, 2, '0.27'),
        (null, 0, null)
    ) as example (bound, digits, expected)

),

worded as (

    select
        bounds.*,
        {{ format_bound('bounds.bound', 'bounds.digits') }} as found,
    from bounds

)

select * from worded
where found is distinct from expected
