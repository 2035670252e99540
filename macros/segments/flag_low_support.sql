{#- Whether a number rests on too few events to be more than a hint: fewer than 30, as in the inference. -#}
{% macro flag_low_support(n_events) -%}
    {{ n_events }} < 30
{%- endmacro %}
