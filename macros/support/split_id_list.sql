{#- Ids in a list held as text, whether JSON ([1, 2] or ["1", "2"]) or parted by commas: a list of texts, empty when
    nothing is in it. -#}
{% macro split_id_list(expression) -%}
    {{ return(adapter.dispatch('split_id_list', 'segment_intelligence')(expression)) }}
{%- endmacro %}

{% macro default__split_id_list(expression) -%}
    regexp_extract_all(coalesce({{ expression }}, ''), '[^\[\]",;\s]+')
{%- endmacro %}
