{#- How much of its win probability a deal loses while it is parked: all but the share that it keeps. An assumption, in one place. -#}
{% macro lose_by_parking(win_probability, kept_share) -%}
{{ win_probability }} * (1 - cast({{ kept_share }} as double))
{%- endmacro %}
