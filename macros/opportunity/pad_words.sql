{#- Text in lower case without accents, its words parted by one space and a space at either end, so that a pattern like
    '% vp %' finds a word and not a part of one. -#}
{% macro pad_words(expression) -%}
' ' || trim(regexp_replace(strip_accents(lower({{ expression }})), '[^a-z0-9]+', ' ', 'g')) || ' '
{%- endmacro %}
