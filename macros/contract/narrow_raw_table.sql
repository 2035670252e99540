{% macro narrow_raw_table(source_name, table_name, further=[]) %}
    {#- A landed raw table narrowed to what judge_rows looks at, since planning all tables in full width takes seconds.
        A dict of its arguments (rows, grain, version_order, left_out) and key_as_text, the grain as text: ids, dates
        and codes, never content. `further` are select items to carry along. -#}
    {%- set told = describe_judgement(get_source_node(source_name, table_name)) -%}
    {%- set narrow = {'selected': further | list, 'grain': [], 'version_order': [], 'left_out': [], 'key_as_text': []} -%}
    {%- for part in told.grain -%}
        {%- do narrow.selected.append(part ~ ' as key_' ~ loop.index) -%}
        {%- do narrow.grain.append('key_' ~ loop.index) -%}
        {#- concat_ws leaves out the connector of a company that has only one -#}
        {%- do narrow.key_as_text.append(
            narrow.grain[-1] if part == 'source_relation' else 'coalesce(cast(' ~ narrow.grain[-1] ~ " as varchar), '-')"
        ) -%}
    {%- endfor -%}
    {%- for part in told.version_order -%}
        {%- do narrow.selected.append(part ~ ' as version_' ~ loop.index) -%}
        {%- do narrow.version_order.append('version_' ~ loop.index) -%}
    {%- endfor -%}
    {%- for fate, condition in told.left_out -%}
        {%- do narrow.selected.append(condition ~ ' as is_' ~ fate) -%}
        {%- do narrow.left_out.append((fate, 'is_' ~ fate)) -%}
    {%- endfor -%}
    {%- do narrow.selected.append(
        (hash_values(told.content_columns) if told.content_columns else '0') ~ ' as content'
    ) -%}
    {%- set rows -%}
        (
            select {{ narrow.selected | join(', ') }}
            from ({{ read_raw_table(source_name, table_name) }}) as typed
        ) as narrowed
    {%- endset -%}
    {%- do narrow.update({'rows': rows}) -%}
    {{ return(narrow) }}
{% endmacro %}
