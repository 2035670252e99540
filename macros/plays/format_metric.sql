{#- A gate's number as a person reads it: scores with one decimal, probabilities in per cent, money whole with thousands. -#}
{% macro format_metric(metric, value) -%}
    case
        when {{ value }} is null then 'unknown'
        when {{ metric }} in ('p_negative', 'p_incremental', 'segment_confidence') then format('{:.0f} %', 100 * {{ value }})
        when {{ metric }} in ('roi', 'value_per_hour') then format('{:,}', cast(round({{ value }}) as bigint))
        -- one decimal, so that a score never reads as equal to the threshold it misses
        else format('{:.1f}', {{ value }})
    end
{%- endmacro %}
