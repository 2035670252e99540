-- One row per opportunity: the deal signals of the company's field map as they stood on the as-of day. Null = not known then.
{%- set signals = {
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
} %}
with states as (

    select * from {{ ref('int_opportunity__state') }}

),

opportunities as (

    select * from {{ ref('stg_salesforce__opportunity') }}

),

fields as (

    select * from {{ ref('int_opportunity__field_as_of') }}

),

final as (

    select
        states.opportunity_id,
        {%- for signal_key, sql_type in signals.items() %}
        {{ read_signal_as_of(signal_key, sql_type) | indent(8) }},
        {%- endfor %}
        coalesce(max(fields.known_changes) filter (where fields.field_key = 'ownerid'), 0) as owner_changes,
    from states
    inner join opportunities on states.opportunity_id = opportunities.opportunity_id
    left join fields on states.opportunity_id = fields.opportunity_id
    group by
        states.opportunity_id,
        states.is_row_current,
        {%- for signal_key in signals %}
        opportunities.{{ signal_key }}{{ ',' if not loop.last }}
        {%- endfor %}

)

select * from final
