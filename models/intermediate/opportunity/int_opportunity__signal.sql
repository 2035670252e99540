-- One row per opportunity: the deal signals of the company's field map as they stood on the as-of day. Null = not
-- known then.
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

tracked as (

    select
        opportunity_id,
        {%- for signal_key in signals %}
            {{ pick_tracked_value(signal_key) }} as {{ signal_key }},
        {%- endfor %}
        max(case when field_key in ('ownerid', 'owner') then known_changes end) as owner_changes,
    from fields
    group by opportunity_id

),

-- a company that never tracks owners knows of no change, which is not the same as no change
owner_tracking as (

    select count(*) > 0 as is_tracked
    from fields
    where field_key in ('ownerid', 'owner')

),

final as (

    select
        states.opportunity_id,
        {%- for signal_key, sql_type in signals.items() %}
            case
                when states.is_row_current then opportunities.{{ signal_key }}
                else try_cast(tracked.{{ signal_key }} as {{ sql_type }})
            end as {{ signal_key }},
        {%- endfor %}
        case when owner_tracking.is_tracked then coalesce(tracked.owner_changes, 0) end as owner_changes,
    from states
    inner join opportunities on states.opportunity_id = opportunities.opportunity_id
    cross join owner_tracking
    left join tracked on states.opportunity_id = tracked.opportunity_id

)

select * from final
