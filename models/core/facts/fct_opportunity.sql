-- One row per opportunity that existed on the as-of day: what it is, what it would bring in ARR, which segment it
-- belongs to and how likely it is to be won. Amounts in the reporting currency. Unknown amounts stay null.
with states as (

    select * from {{ ref('int_opportunity__state') }}

),

signals as (

    select * from {{ ref('int_opportunity__signal') }}

),

segments as (

    select * from {{ ref('int_opportunity__value_segment') }}

),

win_probabilities as (

    select * from {{ ref('int_opportunity__win_probability') }}
    where week_index = 0

),

close_times as (

    select * from {{ ref('int_opportunity__time_to_close') }}

),

weeks as (

    select * from {{ ref('int_opportunity__week') }}
    where week_index = 0

),

accounts as (

    select * from {{ ref('dim_account') }}

),

sellers as (

    select * from {{ ref('dim_seller') }}

),

rates as (

    select * from {{ ref('int_revenue__fx_rate_as_of') }}

),

amount_ratios as (

    select * from {{ ref('int_opportunity__amount_ratio') }}

),

termed as (

    select
        states.opportunity_id,
        {{ term_type_of('signals.contract_term_months') }} as term_type,
    from states
    inner join signals on states.opportunity_id = signals.opportunity_id

),

final as (

    select
        states.opportunity_id,
        coalesce(states.opportunity_name, states.opportunity_id) as opportunity_name,
        states.account_id,
        coalesce(accounts.account_name, 'Unknown account') as account_name,
        states.owner_user_id,
        coalesce(sellers.seller_name, 'Seller ' || states.owner_user_id, 'No owner') as owner_name,
        states.deal_type,
        states.created_at,
        states.closed_at,
        not states.is_closed as is_open,
        states.is_won,
        coalesce(states.stage_name, 'Unknown stage') as stage_name,
        states.stage_position,
        states.stages_left,
        weeks.stage_age_days,
        {{ days_between('states.created_at', "coalesce(states.closed_at, " ~ as_of_date() ~ ")") }} as deal_age_days,
        states.close_on,
        states.has_history,
        states.currency,
        states.amount,
        termed.term_type,
        rates.rate_to_reporting is not null as has_fx_rate,
        {{ convert_amount(convert_amount('states.amount', 'rates.rate_to_reporting'), 'amount_ratios.arr_per_amount') }}
            as arr_amount,
        segments.segment_id,
        segments.segment_version,
        segments.segment_confidence,
        win_probabilities.win_logit,
        win_probabilities.win_probability,
        win_probabilities.fallback_level as win_fallback_level,
        close_times.win_probability_13w,
        close_times.close_on_p10,
        close_times.close_on_p50,
        close_times.close_on_p90,
        close_times.slip_probability,
        signals.discount_pct,
        signals.payment_terms_days,
        signals.customisation_requests,
        signals.integration_count,
        {{ convert_amount('signals.services_amount', 'rates.rate_to_reporting') }} as services_amount,
    from states
    inner join signals on states.opportunity_id = signals.opportunity_id
    inner join termed on states.opportunity_id = termed.opportunity_id
    left join segments on states.opportunity_id = segments.opportunity_id
    left join win_probabilities on states.opportunity_id = win_probabilities.opportunity_id
    left join close_times on states.opportunity_id = close_times.opportunity_id
    left join weeks on states.opportunity_id = weeks.opportunity_id
    left join accounts on states.account_id = accounts.account_id
    left join sellers on states.owner_user_id = sellers.user_id
    left join rates on states.currency = rates.currency
    left join amount_ratios on termed.term_type = amount_ratios.term_type

)

select * from final
