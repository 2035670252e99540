{#- Every folder states its schema; a model without one is a mistake that must be loud. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- if custom_schema_name is none -%}
        {%- if node.resource_type in ('model', 'seed') -%}
            {{ exceptions.raise_compiler_error(
                node.resource_type ~ " " ~ node.name ~ " has no schema. Put it in a folder with +schema in dbt_project.yml."
            ) }}
        {%- endif -%}
        {{ target.schema }}
    {%- else -%}
        {{ custom_schema_name | trim }}
    {%- endif -%}
{%- endmacro %}
