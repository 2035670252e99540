{#- 1 where a compliance or a security review is part of the deal, 0 where what is known says none is, else null. -#}
{% macro flag_review(signals) -%}
case
            when {{ signals }}.compliance_review or {{ signals }}.security_review then cast(1 as double)
            when not coalesce({{ signals }}.compliance_review, {{ signals }}.security_review) then cast(0 as double)
        end
{%- endmacro %}
