{#- Every group that a figure of segments is told for: the segments, `unassigned` for what has none, and `all`. `segments` is a relation
    with the column segment_id. -#}
{% macro select_segment_groups(segments) -%}
    select segment_id from {{ segments }}
    union
    select 'unassigned' as segment_id
    union
    select 'all' as segment_id
{%- endmacro %}
