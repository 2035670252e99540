{#- Where every node of a set of one-way links ends. `edges` names a CTE with node_id and next_id (null where nothing
    follows; otherwise itself a node). A circle ends at its smallest id, for its members and for all that lead into it.
    A chain longer than `max_hops`, or a circle longer than that, is cut there. Columns: node_id, end_id, hops,
    is_cycle. -#}
{% macro follow_chain(edges, max_hops=100) -%}
    with recursive walk as (

        select
            node_id as start_id,
            node_id as current_id,
            0 as hops,
        from {{ edges }}

        union all

        select
            walk.start_id,
            {{ edges }}.next_id as current_id,
            walk.hops + 1 as hops,
        from walk
        inner join {{ edges }} on walk.current_id = {{ edges }}.node_id
        where {{ edges }}.next_id is not null and walk.hops < {{ max_hops }}

    ),

    cycle_nodes as (

        select distinct start_id as node_id
        from walk
        where hops > 0 and start_id = current_id

    ),

    ends as (

        select
            walk.start_id,
            max(walk.hops) as hops,
            arg_max(walk.current_id, walk.hops) as last_id,
            min(cycle_nodes.node_id) as cycle_id,
        from walk
        left join cycle_nodes on walk.current_id = cycle_nodes.node_id
        group by walk.start_id

    )

    select
        start_id as node_id,
        coalesce(cycle_id, last_id) as end_id,
        hops,
        cycle_id is not null as is_cycle,
    from ends
{%- endmacro %}
