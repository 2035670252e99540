{#- The troubles that early signs are looked at for: name -> what it is. fct_deal_risk has a flag `has_<name>` for each. -#}
{% macro list_risk_outcomes() -%}
    {{ return({
        'churn': 'the customer left within twelve months',
        'stalled_adoption': 'the customer had not reached value within 180 days',
        'failed_expansion': 'the customer had not grown within twelve months',
        'margin_erosion': 'contribution per revenue of months 7 to 12 fell',
        'forecast_miss': 'the deal was decided late, or for less than planned',
    }) }}
{%- endmacro %}
