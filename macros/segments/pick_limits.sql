{#- One row with a column for each named limit of a seed of limits (limit_key, value). `limits` is a list of keys, or a dictionary of key
    and column name. -#}
{% macro pick_limits(seed, limits) -%}
    select
    {%- for key in limits %}
        max(value) filter (where limit_key = '{{ key }}') as {{ limits[key] if limits is mapping else key }},
    {%- endfor %}
    from {{ seed }}
{%- endmacro %}
