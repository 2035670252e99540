{#- The sentence of a play card with its figures filled in; null where a figure that the card names is unknown. -#}
{% macro fill_card(sentence, figures) -%}
    case
        {%- for name, expression in figures.items() %}
        when {{ sentence }} like '%{{ '{' ~ name ~ '}' }}%' and {{ expression }} is null then null
        {%- endfor %}
        else
            {% for _ in figures %}replace({% endfor %}{{ sentence }}
            {%- for name, expression in figures.items() %}, '{{ '{' ~ name ~ '}' }}', coalesce({{ expression }}, '')){% endfor %}
    end
{%- endmacro %}
