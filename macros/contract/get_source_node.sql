{% macro get_source_node(source_name, table_name) %}
    {#- The manifest node of a source table; stops when the source YAML does not list it. -#}
    {%- set unique_id = 'source.' ~ project_name ~ '.' ~ source_name ~ '.' ~ table_name -%}
    {%- if unique_id not in graph.sources -%}
        {{ exceptions.raise_compiler_error(
            'No source ' ~ source_name ~ '.' ~ table_name ~ ' is declared. '
            ~ 'Next step: add the table to its _' ~ source_name ~ '__sources.yml.'
        ) }}
    {%- endif -%}
    {{ return(graph.sources[unique_id]) }}
{% endmacro %}
