{#- Number between 0 and 1, the same for the same text on every engine and in every run: the first six hex digits of its hash.
    What happens by luck is played out with it. -#}
{% macro get_uniform(text) -%}
    (
        {% for position in range(1, 7) -%}
            (strpos('0123456789abcdef', substr(md5({{ text }}), {{ position }}, 1)) - 1) * {{ 16 ** (6 - position) }} +
        {% endfor -%}
        0.5
    ) / 16777216.0
{%- endmacro %}
