{#- A gate's name as a person reads it. -#}
{% macro name_metric(metric) -%}
    case {{ metric }}
        when 'p_negative' then 'the chance that such deals lose money on average'
        when 'p_incremental' then 'the chance that extra work pays'
        when 'segment_confidence' then 'the confidence in the segment'
        when 'roi' then 'expected ROI'
        when 'value_per_hour' then 'what an hour gains'
        when 'amount' then 'the amount'
        when 'discount_pct' then 'the discount'
        when 'days_past_close' then 'the time since the close date'
        else {{ metric }}
    end
{%- endmacro %}
