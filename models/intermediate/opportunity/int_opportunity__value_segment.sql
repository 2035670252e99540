-- One row per opportunity: the segment whose numbers value it. Signals like promised onboarding are only recorded when a
-- customer is won, so a renewal or an expansion counts in the segment of the won deal that brought its customer in.
with segments as (

    select * from {{ ref('int_opportunity__segment') }}

),

states as (

    select * from {{ ref('int_opportunity__state') }}

),

customers as (

    select
        customer_id,
        opportunity_id,
    from {{ ref('int_lifecycle__customer') }}
    where opportunity_id is not null

),

based as (

    select
        segments.opportunity_id,
        coalesce(first_deals.opportunity_id, segments.opportunity_id) as basis_opportunity_id,
    from segments
    left join states on segments.opportunity_id = states.opportunity_id
    left join customers
        on
            states.account_id = customers.customer_id
            and states.deal_type != 'new_business'
    -- a first deal of which nothing is known any more has no segment to lend
    left join segments as first_deals on customers.opportunity_id = first_deals.opportunity_id

),

final as (

    select
        based.opportunity_id,
        segments.segment_version,
        segments.segment_id,
        segments.segment_confidence,
        segments.evidence_level,
        case when based.basis_opportunity_id = based.opportunity_id then 'own signals' else 'customer' end
            as segment_basis,
        based.basis_opportunity_id,
    from based
    inner join segments on based.basis_opportunity_id = segments.opportunity_id

)

select * from final
