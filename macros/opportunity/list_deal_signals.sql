{#- SQL type of each deal signal of the field map that is read from text, by its canonical key. -#}
{% macro list_deal_signals() -%}
{{ return({
    'discount_pct': 'decimal(18, 4)',
    'payment_terms_days': 'decimal(18, 4)',
    'contract_term_months': 'decimal(18, 4)',
    'customisation_requests': 'decimal(18, 4)',
    'implementation_promises': 'decimal(18, 4)',
    'services_amount': 'decimal(18, 2)',
    'success_criteria_documented': 'boolean',
    'promised_onboarding_days': 'decimal(18, 4)',
    'competitor': 'varchar',
    'compliance_review': 'boolean',
    'security_review': 'boolean',
    'procurement_steps': 'decimal(18, 4)',
    'integration_count': 'decimal(18, 4)',
}) }}
{%- endmacro %}
