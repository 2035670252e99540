{#- Host of a free-text website: no scheme, no www, no path, lower case; the first when several are typed in; null when
    empty. -#}
{% macro website_domain(expression) -%}
    nullif(
        regexp_replace(
            regexp_replace(lower(trim({{ expression }})), '^(https?://)?(www\.)?', ''),
            '[/:?#,;\s].*$', ''
        ),
        ''
    )
{%- endmacro %}
