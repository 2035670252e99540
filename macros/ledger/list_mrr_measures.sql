{% macro list_mrr_measures() %}
    {#- The figures of fct_mrr_movement_month that are reported at a close, each as a measure mrr_<name>. -#}
    {{ return(['opening', 'new', 'expansion', 'contraction', 'churn', 'reactivation', 'fx', 'closing']) }}
{% endmacro %}
