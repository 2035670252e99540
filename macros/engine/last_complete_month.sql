{#- First day of the newest calendar month whose last day is not after the as-of day. -#}
{% macro last_complete_month() -%}
    {{ month_start("cast(" ~ as_of_date() ~ " + interval '1 day' - interval '1 month' as date)") }}
{%- endmacro %}
