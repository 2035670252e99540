{#- A value cut at `least` and `most`, either of which may be none; null stays null, which least() and greatest() pass over. -#}
{% macro cut_to_range(value, least=none, most=none) -%}
    {%- if least is none and most is none -%} {{ value }}
    {%- else -%}
    case
        when ({{ value }}) is not null
            then {{ 'greatest(' if least is not none }}{{ 'least(' if most is not none }}{{ value }}
                {{- ', ' ~ most ~ ')' if most is not none }}{{ ', ' ~ least ~ ')' if least is not none }}
    end
    {%- endif -%}
{%- endmacro %}
