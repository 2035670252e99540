{#- A gate's number as a person reads it: scores with one decimal, probabilities in per cent, money whole with thousands. -#}
{% macro format_metric(metric, value) -%}
    case
        when {{ value }} is null then 'unknown'
        -- one decimal where there is one, so that a number never reads as equal to the threshold it misses
        when {{ metric }} in ('p_negative', 'p_incremental', 'segment_confidence')
            then replace(format('{:.1f} %', 100 * {{ value }}), '.0 %', ' %')
        when {{ metric }} = 'discount_pct' then replace(format('{:.1f} %', {{ value }}), '.0 %', ' %')
        when {{ metric }} = 'days_past_close' then format('{:.0f} days', {{ value }})
        when {{ metric }} in ('roi', 'value_per_hour', 'amount') then format('{:,}', cast(round({{ value }}) as bigint))
        else format('{:.1f}', {{ value }})
    end
{%- endmacro %}
