-- One row per decided new-business deal: how it ended, what became of its customer in twelve months, and everything
-- recorded before the close that may lie behind a concession. Signals in a column each, their bands in
-- int_opportunity__structure.
with states as (

    select * from {{ ref('int_opportunity__state') }}
    where is_closed and deal_type = 'new_business'

),

features as (

    select * from {{ ref('int_opportunity__segment_feature') }}

),

signals as (

    select * from {{ ref('int_opportunity__signal') }}

),

segments as (

    select * from {{ ref('int_opportunity__segment') }}

),

structures as (

    select * from {{ ref('int_opportunity__structure') }}

),

decisions as (

    select * from {{ ref('int_opportunity__deal_desk_decision') }}

),

outcomes as (

    select * from {{ ref('int_lifecycle__outcome_12m') }}
    where opportunity_id is not null

),

competitors as (

    select * from {{ ref('int_opportunity__competitor') }}

),

doses as (

    select
        opportunity_id,
        any_value(annual_amount) as annual_amount,
        any_value(concession_count) as concession_count,
        any_value(concession_types) as concession_types,
        max(structure_value) filter (where dimension = 'discount') as discount,
        max(structure_value) filter (where dimension = 'contract_term') as contract_term,
        max(structure_value) filter (where dimension = 'payment_terms') as payment_terms,
        max(structure_value) filter (where dimension = 'services_share') as services_share,
        max(structure_value) filter (where dimension = 'implementation_promises') as implementation_promises,
        max(structure_value) filter (where dimension = 'customisation') as customisation,
        max(structure_value) filter (where dimension = 'concession_set') as concession_set,
        -- a deal that asked for nothing is no part of the comparison of granted and refused
        max(structure_value) filter (where dimension = 'deal_desk_request' and structure_value >= 0)
            as deal_desk_request,
    from structures
    group by opportunity_id

),

final as (

    select
        states.opportunity_id,
        states.account_id,
        coalesce(segments.segment_id, 'unassigned') as segment_id,
        {{ term_type_of('doses.contract_term') }} as term_type,
        states.is_won,
        extract('year' from states.closed_at) * 4 + extract('quarter' from states.closed_at) as closed_quarter_index,
        doses.discount,
        doses.contract_term,
        doses.payment_terms,
        doses.services_share,
        doses.implementation_promises,
        doses.customisation,
        doses.concession_set,
        doses.deal_desk_request,
        doses.concession_count,
        doses.concession_types,
        doses.annual_amount,
        decisions.requested_discount_pct,
        decisions.granted_margin_points,
        coalesce(decisions.is_randomised, false) as is_randomised,
        competitors.competitor_present,
        features.stakeholder_count,
        features.days_per_stage,
        features.push_count,
        features.active_days_per_week,
        features.has_success_criteria,
        features.promised_onboarding_days,
        signals.procurement_steps,
        signals.integration_count,
        signals.compliance_review,
        signals.security_review,
        outcomes.customer_id,
        outcomes.customer_id is not null and states.is_won as is_mature_12m,
        case when states.is_won then outcomes.has_churned end as has_churned_12m,
        case when states.is_won then outcomes.has_expanded end as has_expanded_12m,
        case when states.is_won then outcomes.starting_arr_cents end as starting_arr_cents,
        case when states.is_won then outcomes.revenue_cents end as revenue_12m_cents,
        case when states.is_won then outcomes.gross_margin_cents end as gross_margin_12m_cents,
        case when states.is_won then outcomes.support_cost_cents end as support_12m_cents,
    from states
    inner join features on states.opportunity_id = features.opportunity_id
    inner join signals on states.opportunity_id = signals.opportunity_id
    inner join competitors on states.opportunity_id = competitors.opportunity_id
    inner join doses on states.opportunity_id = doses.opportunity_id
    left join segments on states.opportunity_id = segments.opportunity_id
    left join decisions on states.opportunity_id = decisions.opportunity_id
    left join outcomes on states.opportunity_id = outcomes.opportunity_id

)

select * from final
