-- A failing row means that a merged or child account stands for the wrong one: chains end at their last node, circles at
-- their smallest id, and a chain longer than the limit is cut.
with links as (

    select
        example.node_id,
        example.next_id,
        example.expected_end,
        example.expected_hops,
        example.expected_cycle
    from (
        values
        ('a', 'b', 'c', 2, false),
        ('b', 'c', 'c', 1, false),
        ('c', null, 'c', 0, false),
        ('z', 'y', 'x', 3, true),
        ('y', 'x', 'x', 3, true),
        ('x', 'z', 'x', 3, true),
        ('into', 'z', 'x', 3, true),
        ('self', 'self', 'self', 3, true),
        ('l1', 'l2', 'l4', 3, false),
        ('l2', 'l3', 'l5', 3, false),
        ('l3', 'l4', 'l5', 2, false),
        ('l4', 'l5', 'l5', 1, false),
        ('l5', null, 'l5', 0, false)
    ) as example (node_id, next_id, expected_end, expected_hops, expected_cycle)

),

ends as (

    {{ follow_chain('links', max_hops=3) }}

)

select
    links.node_id,
    links.expected_end,
    ends.end_id,
    links.expected_hops,
    ends.hops,
    links.expected_cycle,
    ends.is_cycle
from links
left join ends on links.node_id = ends.node_id
where
    links.expected_end is distinct from ends.end_id
    or links.expected_hops is distinct from ends.hops
    or links.expected_cycle is distinct from ends.is_cycle
