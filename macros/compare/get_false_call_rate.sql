{#- Two macros for two CTEs that say how often a call is luck when many rows are looked at together (Benjamini and Hochberg 1995).
    adjust_for_looks gives p times looks over rank, get_false_call_rate makes that monotone: calling every row at or below
    a rate makes at most that share of the calls wrong. `z` are standard errors, `family` a column that is the same for
    rows looked at together. Rows without z are no looks. -#}
{% macro get_two_sided_p(z) -%}
    {# least() passes over nulls, and what cannot be compared would count as a look #}
    case when {{ z }} is not null then 2 * {{ get_normal_tail(z) }} end
{%- endmacro %}

{% macro adjust_for_looks(p, family) -%}
    {{ p }} * count({{ p }}) over (partition by {{ family }})
    / nullif(count({{ p }}) over (partition by {{ family }} order by {{ p }} nulls last), 0)
{%- endmacro %}

{% macro get_false_call_rate(adjusted, p, family) -%}
    case
        when {{ p }} is not null
            then least(min({{ adjusted }}) over (partition by {{ family }} order by {{ p }} desc nulls last), 1)
    end
{%- endmacro %}
