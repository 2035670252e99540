{% macro judge_rows(relation, grain, version_order, content_columns, left_out=[]) %}
    {#- The rows of a relation with `row_fate`, exactly one of:
          a fate of `left_out`, pairs of (fate, condition), the first that holds;
          superseded  an older version of its key, by the version order (descending, nulls last);
          conflict    newest version of its key, but another row of that version says something else: none of
                      them is kept, because no rule tells which one is right;
          repeat      the same as a kept row in every content column;
          kept        all others, so at most one per key.
        Nulls in the grain count as equal. Also gives `content_hash`, equal for rows that say the same; it is null
        for rows that have their key to themselves: they are nearly all, and are neither hashed nor sorted. -#}
    {%- set keys = ['left_out_as'] if left_out else [] -%}
    {%- for expression in grain -%}
        {%- do keys.append('judged_key_' ~ loop.index) -%}
    {%- endfor -%}
    {%- set same_key = [] -%}
    {%- for key in keys -%}
        {%- do same_key.append('keyed.' ~ key ~ ' is not distinct from shared_key.' ~ key) -%}
    {%- endfor -%}
    {#- a subquery and not a CTE of its own: the planner is slow where many such CTEs meet in one query -#}
    {%- set shared_keys -%}
        select
            {{ keys | join(', ') }},
            true as is_shared
        from keyed
        {{ 'where left_out_as is null' if left_out }}
        group by {{ keys | join(', ') }}
        having count(*) > 1
    {%- endset %}
    with keyed as materialized (

        select
            {% for expression in grain -%}
            {{ expression }} as judged_key_{{ loop.index }},
            {% endfor -%}
            {% if left_out -%}
            case
                {% for fate, condition in left_out -%}
                when {{ condition }} then '{{ fate }}'
                {% endfor -%}
            end as left_out_as,
            {% endif -%}
            *
        from {{ relation }}

    ),

    ranked as (

        select
            *,
            rank() over newest_first as version_rank,
            row_number() over newest_first as copy_number,
            min(content_hash) over newest_first as smallest_content,
            max(content_hash) over newest_first as largest_content
        from (
            select
                keyed.*,
                {{ hash_values(content_columns) if content_columns else 0 }} as content_hash
            from keyed
            inner join ({{ shared_keys }}) as shared_key on {{ same_key | join(' and ') }}
        ) as hashed
        window newest_first as (
            partition by {{ keys | join(', ') }}
            order by {% for column in version_order -%}
                {{ column }} desc nulls last{{ ', ' if not loop.last }}
            {%- endfor %}
        )

    )

    select
        * exclude (version_rank, copy_number, smallest_content, largest_content),
        case
            when version_rank > 1 then 'superseded'
            when smallest_content <> largest_content then 'conflict'
            when copy_number > 1 then 'repeat'
            else 'kept'
        end as row_fate
    from ranked

    union all

    select
        keyed.*,
        null as content_hash,
        {{ "coalesce(keyed.left_out_as, 'kept')" if left_out else "'kept'" }} as row_fate
    from keyed
    left join ({{ shared_keys }}) as shared_key on {{ same_key | join(' and ') }}
    where shared_key.is_shared is null
{%- endmacro %}
