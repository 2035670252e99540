-- A failing row is a value that the macros of the play list write or band otherwise than a reader expects; boundaries
-- from both sides.
with stages as (

    select t.* from (
        values
        (null, 'early'), (0.33, 'early'), (0.34, 'middle'), (0.66, 'middle'), (0.67, 'late'), (1.0, 'late')
    ) as t (stage_position, expected)

),

plays as (

    select t.* from (
        values ('Park', 1), ('Protect', 2), ('Accelerate', 3), ('Other', null)
    ) as t (play, expected)

),

cards as (

    select t.* from (
        values
        ('Ask {who} by {day}', 'Ann', 'Monday', 'Ask Ann by Monday'),
        ('Ask {who} by {day}', 'Ann', null, null),
        ('Ask {who}', 'Ann', null, 'Ask Ann'),
        ('Wait', null, null, 'Wait')
    ) as t (sentence, who, day, expected)

)

select
    'stage_band' as macro,
    format('{}', stage_position) as input,
    {{ stage_band('stage_position') }} as actual,
    expected,
from stages
where {{ stage_band('stage_position') }} is distinct from expected

union all

select
    'rank_play' as macro,
    play as input,
    cast({{ rank_play('play') }} as varchar) as actual,
    cast(expected as varchar) as expected,
from plays
where {{ rank_play('play') }} is distinct from expected

union all

select
    'fill_card' as macro,
    sentence as input,
    {{ fill_card('sentence', {'who': 'who', 'day': 'day'}) }} as actual,
    expected,
from cards
where {{ fill_card('sentence', {'who': 'who', 'day': 'day'}) }} is distinct from expected
