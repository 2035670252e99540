-- One row per open opportunity: what it is worth over the customer's life. The card formula can be checked by hand;
-- the expected ROI comes from 500 common draws, so its interval holds parameter uncertainty only; the realised ROI holds the
-- luck of the single deal too. Means may be summed over deals; quantiles and probabilities may not.
with opportunities as (

    select * from {{ ref('fct_opportunity') }}
    where is_open

),

terms as (

    select * from {{ ref('int_opportunity__roi_term') }}
    where week_index = 0

),

cards as (

    select * from {{ ref('fct_opportunity_card') }}

),

draws as (

    select * from {{ ref('int_opportunity__roi_draw') }}

),

deal_values as (

    select * from {{ ref('int_opportunity__deal_value') }}

),

-- whole cents per draw: integer sums do not depend on the order of threads
summarised as (

    select
        opportunity_id,
        bool_or(is_support_unknown) as is_support_unknown,
        count(*) as n_draws,
        sum(lifecycle_value_cents) as sum_lifecycle_value_cents,
        sum(roi_cents) as sum_roi_cents,
        quantile_cont(roi_cents, [0.05, 0.50, 0.95]) as roi_cents_p,
        count(*) filter (where roi_cents < 0) as n_negative,
        sum(gain_cents) as sum_gain_cents,
        count(*) filter (where gain_cents > cost_cents) as n_incremental_positive,
        any_value(cost_cents) as cost_cents,
        sum(reported_cents) as sum_reported_cents,
        quantile_cont(reported_cents, [0.05, 0.95]) as reported_cents_p,
        quantile_cont(realised_cents, [0.10, 0.50, 0.90]) as realised_cents_p,
        count(*) filter (where realised_cents < 0) as n_loss,
        count(realised_cents) as n_realised,
    from draws
    group by opportunity_id

),

means as (

    select
        *,
        {{ round_ratio('sum_lifecycle_value_cents', 'n_draws') }} as lifecycle_value_cents,
        {{ round_ratio('sum_roi_cents', 'n_draws') }} as roi_cents,
        {{ round_ratio('sum_gain_cents', 'n_draws') }} as gain_cents,
        {{ round_ratio('sum_reported_cents', 'n_draws') }} as reported_cents,
    from summarised

),

final as (

    select
        opportunities.opportunity_id,
        {{ as_of_date() }} as as_of_date,
        opportunities.owner_user_id,
        opportunities.deal_type,
        opportunities.segment_id,
        opportunities.term_type,
        terms.start_age_months,
        opportunities.arr_amount,
        opportunities.win_probability,
        opportunities.win_fallback_level,
        opportunities.win_probability_13w,
        opportunities.close_on_p10,
        opportunities.close_on_p50,
        opportunities.close_on_p90,
        opportunities.slip_probability,
        terms.hours_to_close,
        terms.cost_to_close,
        terms.onboarding_cost,
        cards.cac as cac_amount,
        cards.gross_margin_rate,
        cards.annual_support_cost,
        cards.life_years,
        cards.renewal_rate,
        cards.entry_value as roi_card_formula,
        cards.acceleration_value as card_acceleration_value,
        cards.concession_loss as card_concession_loss,
        cast(means.lifecycle_value_cents * 0.01 as decimal(18, 2)) as lifecycle_value_mean,
        cast(means.roi_cents * 0.01 as decimal(18, 2)) as roi_expected_mean,
        cast(round(means.roi_cents_p[1]) * 0.01 as decimal(18, 2)) as roi_expected_p05,
        cast(round(means.roi_cents_p[2]) * 0.01 as decimal(18, 2)) as roi_expected_p50,
        cast(round(means.roi_cents_p[3]) * 0.01 as decimal(18, 2)) as roi_expected_p95,
        cast(means.n_negative as double) / means.n_draws as p_expected_roi_negative,
        cast(round(means.realised_cents_p[1]) * 0.01 as decimal(18, 2)) as roi_realised_p10,
        cast(round(means.realised_cents_p[2]) * 0.01 as decimal(18, 2)) as roi_realised_p50,
        cast(round(means.realised_cents_p[3]) * 0.01 as decimal(18, 2)) as roi_realised_p90,
        cast(means.n_loss as double) / nullif(means.n_realised, 0) as p_realised_loss,
        cast(means.reported_cents * 0.01 as decimal(18, 2)) as roi_reported_mean,
        cast(round(means.reported_cents_p[1]) * 0.01 as decimal(18, 2)) as roi_reported_p05,
        cast(round(means.reported_cents_p[2]) * 0.01 as decimal(18, 2)) as roi_reported_p95,
        cast((means.gain_cents - means.cost_cents) * 0.01 as decimal(18, 2)) as accelerate_roi_mean,
        cast(means.n_incremental_positive as double) / means.n_draws as p_accelerate_positive,
        cast(
            {{ round_ratio('means.gain_cents * 100', 'nullif(cast(terms.hours_to_close * 100 as bigint), 0)') }} * 0.01
            as decimal(18, 2)
        ) as value_per_hour,
        {{ convert_amount('opportunities.arr_amount', 'deal_values.contribution_per_arr_mean') }} as contribution_12m_mean,
        {{ convert_amount('opportunities.arr_amount', 'deal_values.contribution_per_arr_p10') }} as contribution_12m_realised_p10,
        {{ convert_amount('opportunities.arr_amount', 'deal_values.contribution_per_arr_p90') }} as contribution_12m_realised_p90,
        deal_values.fallback_level as contribution_12m_fallback_level,
        case
            when means.opportunity_id is null then 'unknown'
            when means.is_support_unknown then 'support_unknown'
            else 'known'
        end as economics_status,
        coalesce(segments.n_observed, 0) as n_observed,
        coalesce(segments.n_events, 0) as n_events,
        coalesce(segments.is_low_support, true) as is_low_support,
        segments.model_version,
    from opportunities
    inner join terms on opportunities.opportunity_id = terms.opportunity_id
    left join cards on opportunities.opportunity_id = cards.opportunity_id
    left join means on opportunities.opportunity_id = means.opportunity_id
    left join deal_values on opportunities.opportunity_id = deal_values.opportunity_id
    left join {{ ref('dim_segment') }} as segments on opportunities.segment_id = segments.segment_id

)

select * from final
