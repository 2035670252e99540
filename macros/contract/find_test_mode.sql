{% macro find_test_mode(source_node) %}
    {#- The condition under which a row of a raw table is of test mode, none where nothing could tell. A row says so
        itself, or it belongs to one that does: test_mode_references in the source YAML names, by column, the tables
        of the same source whose ids the column holds. A refund of a test charge is no money, and its movement none. -#}
    {%- set conditions = [] -%}
    {%- if 'livemode' in source_node.columns -%}
        {%- do conditions.append('not coalesce(livemode, true)') -%}
    {%- endif -%}
    {%- for column, tables in source_node.config.meta.get('test_mode_references', {}).items() -%}
        {%- for table in tables -%}
            {%- set is_test = find_test_mode(get_source_node(source_node.source_name, table)) -%}
            {%- do conditions.append(
                'coalesce(' ~ column ~ ' in (select id from (' ~ read_raw_table(source_node.source_name, table)
                ~ ') as referenced where ' ~ is_test ~ '), false)'
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(conditions | join(' or ') if conditions else none) }}
{% endmacro %}
