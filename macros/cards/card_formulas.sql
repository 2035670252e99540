{#- Should we let this customer in? (ARR x gross margin rate - annual support cost) x lifetime years x renewal - CAC -#}
{% macro card_entry_value(arr, margin_rate, support_cost, life_years, renewal_rate, cac) -%}
    ((cast({{ arr }} as decimal(38, 2)) * {{ margin_rate }} - {{ support_cost }}) * {{ life_years }} * {{ renewal_rate }} - {{ cac }})
{%- endmacro %}

{#- Should we accelerate? expansion probability x value x margin rate - cost - added support -#}
{% macro card_acceleration_value(expand_probability, expansion_value, margin_rate, cost, added_support) -%}
    ({{ expand_probability }} * cast({{ expansion_value }} as decimal(38, 2)) * {{ margin_rate }} - {{ cost }} - {{ added_support }})
{%- endmacro %}

{#- Should we concede? ARR x margin points given away x lifetime years: what is lost. -#}
{% macro card_concession_loss(arr, margin_points, life_years) -%}
    (cast({{ arr }} as decimal(38, 2)) * {{ margin_points }} * {{ life_years }})
{%- endmacro %}
