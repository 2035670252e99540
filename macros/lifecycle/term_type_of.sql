{#- Contract term in months to the term type that the hazard model tells apart. -#}
{% macro term_type_of(term_months) -%}
    case
        when {{ term_months }} is null or {{ term_months }} <= 0 then 'unknown'
        when {{ term_months }} <= 2 then 'monthly'
        when {{ term_months }} <= 15 then 'annual'
        else 'multi'
    end
{%- endmacro %}
