{#- Registrable-looking host of a free-text website: no scheme, no www, no path, lower case; null when empty. -#}
{% macro website_domain(expression) -%}
    nullif(
        regexp_replace(
            regexp_replace(lower(trim({{ expression }})), '^(https?://)?(www\.)?', ''),
            '[/:?#].*$', ''
        ),
        ''
    )
{%- endmacro %}
