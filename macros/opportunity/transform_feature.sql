{#- A transform of a feature of the win model by its name: as it is, ln(1 + x), 1 above the knot, x less the knot where above
    it; null when there is no transform. The same arithmetic stands in orchestration/inference/win_terms.py. -#}
{% macro transform_feature(transform, feature_value, knot) -%}
    case {{ transform }}
        when 'value' then {{ feature_value }}
        when 'log' then ln(1 + greatest({{ feature_value }}, 0))
        when 'over' then case when {{ feature_value }} > {{ knot }} then 1.0 else 0.0 end
        when 'excess' then greatest({{ feature_value }} - {{ knot }}, 0)
    end
{%- endmacro %}
