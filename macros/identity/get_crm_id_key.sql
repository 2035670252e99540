{#- The part of a CRM id that tells records apart: the first 15 characters, upper and lower case kept, of an
    18-character Salesforce id, since other systems hold either form and sometimes a damaged suffix. Any other id
    stays whole. -#}
{% macro get_crm_id_key(id_expression) -%}
    case
        when regexp_full_match({{ id_expression }}, '[0-9A-Za-z]{18}') then left({{ id_expression }}, 15)
        else {{ id_expression }}
    end
{%- endmacro %}
