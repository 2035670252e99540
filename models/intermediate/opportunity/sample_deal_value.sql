-- One row per won deal whose customer has twelve complete months and a known contribution in them, at most 50,000 in the order
-- of a hash: segment, start, pre-close features and what the first year brought. All that the interval of a single deal learns
-- from.
with features as (

    select * from {{ ref('int_opportunity__segment_feature') }}

),

states as (

    select * from {{ ref('int_opportunity__state') }}

),

segments as (

    select * from {{ ref('int_opportunity__segment') }}

),

customers as (

    select * from {{ ref('int_lifecycle__customer') }}

),

outcomes as (

    select
        *,
        bool_or(support_cost_cents is not null) over () as has_support,
    from {{ ref('int_lifecycle__outcome_12m') }}

),

numbered as (

    select
        features.*,
        segments.segment_id,
        customers.started_on,
        outcomes.starting_arr_cents,
        -- a company without a support desk is judged without it; where there is one, an unknown cost leaves the deal out
        outcomes.gross_margin_cents
        - case when outcomes.has_support then outcomes.support_cost_cents else 0 end as contribution_cents,
        row_number() over (order by md5(features.opportunity_id)) as sample_order,
    from features
    inner join states on features.opportunity_id = states.opportunity_id
    inner join segments on features.opportunity_id = segments.opportunity_id
    inner join outcomes on features.opportunity_id = outcomes.opportunity_id
    inner join customers on outcomes.customer_id = customers.customer_id
    where
        states.is_won
        and outcomes.starting_arr_cents > 0
        and outcomes.gross_margin_cents is not null
        and (not outcomes.has_support or outcomes.support_cost_cents is not null)

),

final as (

    select
        opportunity_id,
        segment_id,
        started_on,
        discount_pct,
        contract_term_months,
        payment_terms_days,
        customisation_requests,
        implementation_promises,
        services_share,
        promised_onboarding_days,
        has_success_criteria,
        stakeholder_count,
        days_per_stage,
        push_count,
        active_days_per_week,
        round(cast(contribution_cents as double) / starting_arr_cents, 6) as contribution_per_arr_12m,
    from numbered
    where sample_order <= 50000

)

select * from final
