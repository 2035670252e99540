{#- A gate's name as a person reads it. -#}
{% macro name_metric(metric) -%}
    case {{ metric }}
        when 'p_negative' then 'the chance of a loss'
        when 'p_incremental' then 'the chance that extra work pays'
        when 'segment_confidence' then 'the confidence in the segment'
        when 'roi' then 'expected ROI'
        when 'value_per_hour' then 'value per hour'
        else {{ metric }}
    end
{%- endmacro %}
