{#- Month arithmetic in one place: engines disagree on it silently. -#}
{% macro month_start(date_expression) -%}
    {{ return(adapter.dispatch('month_start', 'segment_intelligence')(date_expression)) }}
{%- endmacro %}

{% macro default__month_start(date_expression) -%}
    cast(date_trunc('month', {{ date_expression }}) as date)
{%- endmacro %}

{#- First day of the month that lies n months after a month start. -#}
{% macro add_months(month_expression, n_expression) -%}
    {{ return(adapter.dispatch('add_months', 'segment_intelligence')(month_expression, n_expression)) }}
{%- endmacro %}

{% macro default__add_months(month_expression, n_expression) -%}
    cast({{ month_expression }} + to_months(cast({{ n_expression }} as integer)) as date)
{%- endmacro %}

{#- Whole calendar months from one date's month to another's; days inside the month do not count. -#}
{% macro months_between(from_expression, to_expression) -%}
    (
        (year({{ to_expression }}) - year({{ from_expression }})) * 12
        + month({{ to_expression }}) - month({{ from_expression }})
    )
{%- endmacro %}

{#- Whole days from one date to another; negative when the second is earlier. -#}
{% macro days_between(from_expression, to_expression) -%}
    date_diff('day', cast({{ from_expression }} as date), cast({{ to_expression }} as date))
{%- endmacro %}
