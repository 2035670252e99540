-- One row per won deal whose customer has twelve complete months behind it: pre-close features and what became of it. The
-- only table that segment discovery reads. At most 2,500 deals of a quarter in the order of a hash, so that what came later
-- changes no earlier quarter, and at most 50,000 in all, the latest.
with features as (

    select * from {{ ref('int_opportunity__segment_feature') }}

),

states as (

    select * from {{ ref('int_opportunity__state') }}

),

outcomes as (

    select * from {{ ref('int_lifecycle__outcome_12m') }}
    where opportunity_id is not null and starting_arr_cents > 0

),

numbered as (

    select
        features.*,
        outcomes.starting_arr_cents,
        outcomes.gross_margin_cents,
        outcomes.support_cost_cents,
        outcomes.has_churned,
        outcomes.has_expanded,
        outcomes.has_reached_value_180d,
        outcomes.mature_on,
        row_number() over (
            partition by date_trunc('quarter', outcomes.mature_on) order by md5(features.opportunity_id)
        ) as quarter_order,
        count(*) over (partition by date_trunc('quarter', outcomes.mature_on)) as n_quarter,
    from features
    inner join states on features.opportunity_id = states.opportunity_id
    inner join outcomes on features.opportunity_id = outcomes.opportunity_id
    where states.is_won

),

placed as (

    select
        *,
        row_number() over (order by date_trunc('quarter', mature_on) desc, quarter_order) as sample_order,
    from numbered
    where quarter_order <= 2500

),

final as (

    select
        opportunity_id,
        mature_on,
        round(greatest(cast(n_quarter as double) / 2500, 1), 6) as sample_weight,
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
        integration_count,
        procurement_steps,
        has_competitor,
        has_review,
        product_count,
        lead_source,
        -- support that is unknown is left out of the contribution, and the target says so by being null elsewhere
        round(
            cast(gross_margin_cents - coalesce(support_cost_cents, 0) as double) / starting_arr_cents, 6
        ) as contribution_per_arr_12m,
        cast(cast(has_churned as integer) as double) as churned_12m,
        cast(cast(has_expanded as integer) as double) as expanded_12m,
        round(cast(support_cost_cents as double) / starting_arr_cents, 6) as support_per_arr_12m,
        cast(cast(has_reached_value_180d as integer) as double) as reached_value_180d,
    from placed
    where sample_order <= 50000

)

select * from final
