-- A failing row means that judge_rows keeps, drops or holds back a row that it should not, so that staging reads the wrong
-- version of a record or guesses between two that contradict each other. Literal rows, one case a key; the grain is the
-- connector and the id, the order of versions is active, load time, time of change.
-- noqa: disable=LT02,LT05
with typed as (

    select
        example.claim,
        example.source_relation,
        {{ normalise_salesforce_id('example.raw_id') }} as id,
        example.livemode,
        example.is_active,
        example.loaded,
        example.changed,
        example.says,
        example.expected_fate
    from (
        values
        ('one row', null, 'a', true, true, 1, 1, 'x', 'kept'),
        ('newer load of the same', null, 'b', true, true, 2, 1, 'x', 'kept'),
        ('older load of the same', null, 'b', true, true, 1, 1, 'x', 'superseded'),
        ('newer load says something else', null, 'c', true, true, 2, 1, 'y', 'kept'),
        ('older load said something else', null, 'c', true, true, 1, 9, 'x', 'superseded'),
        ('same load, changed later', null, 'd', true, true, 1, 2, 'y', 'kept'),
        ('same load, changed earlier', null, 'd', true, true, 1, 1, 'x', 'superseded'),
        ('same load, unknown time of change', null, 'd', true, true, 1, null, 'x', 'superseded'),
        ('first of two that contradict', null, 'e', true, true, 1, 1, 'x', 'conflict'),
        ('second of two that contradict', null, 'e', true, true, 1, 1, 'y', 'conflict'),
        ('a value against none contradicts', null, 'f', true, true, 1, 1, 'x', 'conflict'),
        ('no value against one contradicts', null, 'f', true, true, 1, 1, null, 'conflict'),
        ('older than two that contradict', null, 'g', true, true, 1, 1, 'w', 'superseded'),
        ('first of two newest that contradict', null, 'g', true, true, 2, 1, 'x', 'conflict'),
        ('second of two newest that contradict', null, 'g', true, true, 2, 1, 'y', 'conflict'),
        ('older ones may contradict: newest', null, 'h', true, true, 2, 1, 'z', 'kept'),
        ('older ones may contradict: first', null, 'h', true, true, 1, 1, 'x', 'superseded'),
        ('older ones may contradict: second', null, 'h', true, true, 1, 1, 'y', 'superseded'),
        ('test mode', null, 'i', false, true, 9, 9, 'x', 'test_mode'),
        ('live row beside a newer one of test mode', null, 'i', true, true, 1, 1, 'y', 'kept'),
        ('test mode, the same again', null, 'i', false, true, 9, 9, 'x', 'test_mode'),
        ('unknown mode counts as live', null, 'j', null, true, 1, 1, 'x', 'kept'),
        ('temporary row', null, 'sub_k', true, true, 1, 1, 'x', 'temporary_line'),
        ('temporary and test mode: test mode comes first', null, 'sub_l', false, true, 1, 1, 'x', 'test_mode'),
        ('active version wins over a later load', null, 'm', true, true, 1, 1, 'x', 'kept'),
        ('inactive version of a later load', null, 'm', true, false, 2, 2, 'y', 'superseded'),
        ('no active version: newest', null, 'n', true, false, 2, 1, 'y', 'kept'),
        ('no active version: older', null, 'n', true, false, 1, 1, 'x', 'superseded'),
        ('18 characters, older page', null, '0011H000026CXpiQAG', true, true, 1, 1, 'x', 'superseded'),
        ('15 characters, newer page', null, '0011H000026CXpi', true, true, 2, 1, 'y', 'kept'),
        ('15 characters, another record by case', null, '0011H000026CXpI', true, true, 1, 1, 'y', 'kept'),
        ('one connector', 'north', 'o', true, true, 1, 1, 'x', 'kept'),
        ('the same id through another connector', 'south', 'o', true, true, 1, 1, 'y', 'kept'),
        ('no id at all', null, null, true, true, 1, 1, 'x', 'conflict'),
        ('no id at all, another row', null, null, true, true, 1, 1, 'y', 'conflict')
    ) as example (claim, source_relation, raw_id, livemode, is_active, loaded, changed, says, expected_fate)

),

judged as (

    {{ judge_rows(
        'typed',
        ['source_relation', 'id'],
        ['is_active', 'loaded', 'changed'],
        ['says'],
        [('test_mode', 'not coalesce(livemode, true)'), ('temporary_line', "starts_with(id, 'sub_')")]
    ) }}

),

-- whole rows that repeat cannot be told apart by a claim, so they are counted
repeated as (

    select
        example.id,
        example.loaded,
        example.says
    from (values (1, 5, 'x'), (1, 5, 'x'), (1, 5, 'x'), (2, 5, 'x')) as example (id, loaded, says)

),

judged_repeats as (

    {{ judge_rows('repeated', ['id'], ['loaded'], ['says']) }}

),

repeat_counts as (

    select
        count(*) filter (where id = 1 and row_fate = 'kept') as n_kept,
        count(*) filter (where id = 1 and row_fate = 'repeat') as n_repeats,
        count(*) filter (where id = 2 and row_fate = 'kept') as n_alone
    from judged_repeats

)

select
    claim,
    expected_fate,
    row_fate
from judged
where row_fate is distinct from expected_fate

union all

select
    'of three rows that say the same one is kept' as claim,
    'kept 1, repeat 2, alone 1' as expected_fate,
    'kept ' || n_kept || ', repeat ' || n_repeats || ', alone ' || n_alone as row_fate
from repeat_counts
where n_kept <> 1 or n_repeats <> 2 or n_alone <> 1

union all

select
    'no row is lost or doubled' as claim,
    cast((select count(*) from typed) as varchar) as expected_fate,
    cast((select count(*) from judged) as varchar) as row_fate
where (select count(*) from typed) <> (select count(*) from judged)
