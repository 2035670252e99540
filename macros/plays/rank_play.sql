{#- How much of a seller's week a play asks for, as an order: Park 1, Protect 2, Accelerate 3. -#}
{% macro rank_play(play) -%}
    case {{ play }} when 'Park' then 1 when 'Protect' then 2 when 'Accelerate' then 3 end
{%- endmacro %}
