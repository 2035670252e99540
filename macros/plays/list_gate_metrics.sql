{#- Numbers that gates of the play policy may look at; each is a column of int_opportunity__metric_week before it is turned
    into rows, and may have a row in the seed play_metric. -#}
{% macro list_gate_metrics() -%}
{{ return([
    'motion', 'risk', 'profitability', 'roi', 'p_negative', 'p_incremental', 'value_per_hour', 'segment_confidence',
    'amount', 'discount_pct', 'days_past_close',
]) }}
{%- endmacro %}
