{#- Gross margin of all revenue: a margin known for four fifths of the revenue or more stands for all of it; else it is unknown. -#}
{% macro extend_gross_margin(amounts) -%}
case
            when {{ amounts }}.margin_revenue_cents * 5 >= {{ amounts }}.revenue_cents * 4
                then {{ round_ratio(
                    '(' ~ amounts ~ '.gross_margin_cents * ' ~ amounts ~ '.revenue_cents)',
                    'nullif(' ~ amounts ~ '.margin_revenue_cents, 0)'
                ) }}
        end
{%- endmacro %}
