-- One row per open opportunity: what it is worth over the customer's life. The card formula can be checked by hand;
-- the expected ROI comes from 500 common draws, so its interval holds parameter uncertainty only and not the luck of
-- the single deal. Means may be summed over deals; quantiles and probabilities may not.
with opportunities as (

    select * from {{ ref('fct_opportunity') }}
    where is_open

),

cards as (

    select * from {{ ref('fct_opportunity_card') }}

),

draws as (

    select * from {{ ref('stg_predictions__lifecycle_draw') }}

),

deal_values as (

    select * from {{ ref('int_opportunity__deal_value') }}

),

assumptions as (

    select
        max(value) filter (where assumption_key = 'seller_hour_cost') as seller_hour_cost,
        max(value) filter (where assumption_key = 'delivery_hour_cost') as delivery_hour_cost,
        max(value) filter (where assumption_key = 'onboarding_base_hours') as onboarding_base_hours,
        max(value) filter (where assumption_key = 'onboarding_hours_per_customisation') as hours_per_customisation,
        max(value) filter (where assumption_key = 'onboarding_hours_per_integration') as hours_per_integration,
        max(value) filter (where assumption_key = 'selling_hours_per_stage') as selling_hours_per_stage,
        max(value) filter (where assumption_key = 'parked_win_retention') as parked_win_retention,
    from {{ ref('int_cost__assumption') }}

),

costed as (

    select
        opportunities.*,
        assumptions.parked_win_retention,
        cast(assumptions.selling_hours_per_stage * coalesce(opportunities.stages_left, 3) as decimal(9, 2)) as hours_to_close,
        cast(
            assumptions.selling_hours_per_stage * coalesce(opportunities.stages_left, 3) * assumptions.seller_hour_cost
            as decimal(18, 2)
        ) as cost_to_close,
        cast(
            case
                when opportunities.deal_type != 'new_business' then 0
                -- greatest() passes over nulls: without this an hour of unknown cost would cost nothing
                when assumptions.delivery_hour_cost is not null then greatest(
                    assumptions.delivery_hour_cost * (
                        assumptions.onboarding_base_hours
                        + assumptions.hours_per_customisation * coalesce(opportunities.customisation_requests, 0)
                        + assumptions.hours_per_integration * coalesce(opportunities.integration_count, 0)
                    ) - coalesce(opportunities.services_amount, 0), 0
                )
            end as decimal(18, 2)
        ) as onboarding_cost,
    from opportunities
    cross join assumptions

),

per_draw as (

    select
        costed.opportunity_id,
        draws.draw_id,
        draws.support_cost_per_arr is null as is_support_unknown,
        1 / (1 + exp(-(costed.win_logit + draws.win_logit_shift))) as win_probability,
        costed.arr_amount * (
            draws.margin_per_arr * draws.alive_years_disc
            -- the growth of a customer is already in the value of the deal that won it
            + case when costed.deal_type = 'expansion' then 0 else draws.expansion_margin_per_arr end
            - coalesce(draws.support_cost_per_arr, 0)
        ) - costed.onboarding_cost as lifecycle_value,
        costed.cost_to_close,
        costed.parked_win_retention,
    from costed
    inner join draws on costed.segment_id = draws.segment_id and costed.term_type = draws.term_type

),

-- whole cents per draw: integer sums do not depend on the order of threads
in_cents as (

    select
        opportunity_id,
        is_support_unknown,
        cast(round(lifecycle_value * 100) as bigint) as lifecycle_value_cents,
        cast(round((win_probability * lifecycle_value - cost_to_close) * 100) as bigint) as roi_cents,
        cast(
            round((win_probability * (1 - parked_win_retention) * lifecycle_value - cost_to_close) * 100) as bigint
        ) as incremental_cents,
    from per_draw
    where lifecycle_value is not null and win_probability is not null and cost_to_close is not null

),

summarised as (

    select
        opportunity_id,
        bool_or(is_support_unknown) as is_support_unknown,
        count(*) as n_draws,
        sum(lifecycle_value_cents) as sum_lifecycle_value_cents,
        sum(roi_cents) as sum_roi_cents,
        quantile_cont(roi_cents, 0.05) as roi_cents_p05,
        quantile_cont(roi_cents, 0.50) as roi_cents_p50,
        quantile_cont(roi_cents, 0.95) as roi_cents_p95,
        count(*) filter (where roi_cents < 0) as n_negative,
        sum(incremental_cents) as sum_incremental_cents,
        count(*) filter (where incremental_cents > 0) as n_incremental_positive,
    from in_cents
    group by opportunity_id

),

final as (

    select
        costed.opportunity_id,
        {{ as_of_date() }} as as_of_date,
        costed.deal_type,
        costed.segment_id,
        costed.term_type,
        costed.arr_amount,
        costed.win_probability,
        costed.win_fallback_level,
        costed.win_probability_13w,
        costed.close_on_p10,
        costed.close_on_p50,
        costed.close_on_p90,
        costed.slip_probability,
        costed.hours_to_close,
        costed.cost_to_close,
        costed.onboarding_cost,
        cards.cac as cac_amount,
        cards.entry_value as roi_card_formula,
        cards.acceleration_value as card_acceleration_value,
        cards.concession_loss as card_concession_loss,
        cast({{ round_ratio('summarised.sum_lifecycle_value_cents', 'summarised.n_draws') }} * 0.01 as decimal(18, 2))
            as lifecycle_value_mean,
        cast({{ round_ratio('summarised.sum_roi_cents', 'summarised.n_draws') }} * 0.01 as decimal(18, 2))
            as roi_expected_mean,
        cast(round(summarised.roi_cents_p05) * 0.01 as decimal(18, 2)) as roi_expected_p05,
        cast(round(summarised.roi_cents_p50) * 0.01 as decimal(18, 2)) as roi_expected_p50,
        cast(round(summarised.roi_cents_p95) * 0.01 as decimal(18, 2)) as roi_expected_p95,
        cast(summarised.n_negative as double) / summarised.n_draws as p_expected_roi_negative,
        cast({{ round_ratio('summarised.sum_incremental_cents', 'summarised.n_draws') }} * 0.01 as decimal(18, 2))
            as accelerate_roi_mean,
        cast(summarised.n_incremental_positive as double) / summarised.n_draws as p_accelerate_positive,
        {{ convert_amount('costed.arr_amount', 'deal_values.contribution_per_arr_mean') }} as contribution_12m_mean,
        {{ convert_amount('costed.arr_amount', 'deal_values.contribution_per_arr_p10') }} as contribution_12m_realised_p10,
        {{ convert_amount('costed.arr_amount', 'deal_values.contribution_per_arr_p90') }} as contribution_12m_realised_p90,
        deal_values.fallback_level as contribution_12m_fallback_level,
        case
            when summarised.opportunity_id is null then 'unknown'
            when summarised.is_support_unknown then 'support_unknown'
            else 'known'
        end as economics_status,
        coalesce(segments.n_observed, 0) as n_observed,
        coalesce(segments.n_events, 0) as n_events,
        coalesce(segments.is_low_support, true) as is_low_support,
        segments.model_version,
    from costed
    left join cards on costed.opportunity_id = cards.opportunity_id
    left join summarised on costed.opportunity_id = summarised.opportunity_id
    left join deal_values on costed.opportunity_id = deal_values.opportunity_id
    left join {{ ref('dim_segment') }} as segments on costed.segment_id = segments.segment_id

)

select * from final
