-- One row per opportunity and week at whose end it was open: what it was worth by what was known of the deal then, at today's
-- posteriors. Week 0 is that of fct_opportunity_roi, from 500 draws; earlier weeks take every tenth of the same draws.
-- Reporting currency.
with terms as (

    select * from {{ ref('int_opportunity__roi_term') }}

),

today as (

    select * from {{ ref('fct_opportunity_roi') }}

),

past_terms as (

    select * from terms
    where week_index > 0 and cost_to_close is not null

),

valued as (

    {{ value_deal_draws(
        'past_terms', ['opportunity_id', 'week_index', 'cost_to_close', 'parked_win_retention'], every=10
    ) }}

),

in_cents as (

    select
        opportunity_id,
        week_index,
        is_support_unknown,
        lifecycle_value_cents,
        cast(round(cast(cost_to_close as double) * 100) as bigint) as cost_cents,
        cast(round(win_probability * lifecycle_value_cents) as bigint) as worth_cents,
        cast(
            round({{ lose_by_parking('win_probability', 'parked_win_retention') }} * lifecycle_value_cents) as bigint
        ) as gain_cents,
    from valued

),

summarised as (

    select
        opportunity_id,
        week_index,
        bool_or(is_support_unknown) as is_support_unknown,
        count(*) as n_draws,
        {{ round_ratio('sum(lifecycle_value_cents)', 'count(*)') }} as lifecycle_value_cents,
        {{ round_ratio('sum(worth_cents - cost_cents)', 'count(*)') }} as roi_cents,
        {{ round_ratio('sum(gain_cents)', 'count(*)') }} as gain_cents,
        count(*) filter (where worth_cents < cost_cents) as n_negative,
        count(*) filter (where gain_cents > cost_cents) as n_incremental_positive,
    from in_cents
    group by opportunity_id, week_index

),

past as (

    select
        terms.opportunity_id,
        terms.week_index,
        cast(summarised.roi_cents * 0.01 as decimal(18, 2)) as roi_expected_mean,
        cast(summarised.n_negative as double) / summarised.n_draws as p_negative,
        cast(summarised.n_incremental_positive as double) / summarised.n_draws as p_incremental,
        cast(
            {{ round_ratio('summarised.gain_cents * 100', 'nullif(cast(terms.hours_to_close * 100 as bigint), 0)') }} * 0.01
            as decimal(18, 2)
        ) as value_per_hour,
        terms.hours_to_close,
        cast(summarised.lifecycle_value_cents * 0.01 as decimal(18, 2)) as lifecycle_value_mean,
        case
            when summarised.opportunity_id is null then 'unknown'
            when summarised.is_support_unknown then 'support_unknown'
            else 'known'
        end as economics_status,
    from terms
    left join summarised
        on terms.opportunity_id = summarised.opportunity_id and terms.week_index = summarised.week_index
    where terms.week_index > 0

),

final as (

    select * from past

    union all

    select
        opportunity_id,
        0 as week_index,
        roi_expected_mean,
        p_expected_roi_negative as p_negative,
        p_accelerate_positive as p_incremental,
        value_per_hour,
        hours_to_close,
        lifecycle_value_mean,
        economics_status,
    from today

)

select * from final
