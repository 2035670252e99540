-- A failing row is a condition of a segment rule whose words fill_placeholders does not fill as a reader expects.
with conditions as (

    select example.*
    from (
        values
        (true, 'up to {threshold}', '{low} to {threshold}', 'above {threshold}', '5', null, 'nowhere', 'up to 5'),
        (false, 'up to {threshold}', '{low} to {threshold}', 'above {threshold}', '5', null, 'nowhere', 'above 5'),
        (null, 'up to {threshold}', '{low} to {threshold}', 'above {threshold}', '9', '6', 'nowhere', '6 to 9'),
        (true, 'from {categories}', '', 'not from {categories}', null, null, 'a or b', 'from a or b'),
        (false, 'from {categories}', '', 'not from {categories}', null, null, 'a or b', 'not from a or b')
    ) as example (
        is_low_side, low_phrase, mid_phrase, high_phrase, threshold_text, low_text, categories_text, expected
    )

),

filled as (

    select
        conditions.*,
        {{ fill_placeholders('conditions', 'phrase') }} as found,
    from conditions

)

select * from filled
where found is distinct from expected
