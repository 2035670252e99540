-- One row per opportunity, question (enter, accelerate, concede) and option: every open deal under every option of
-- `decision_option`, and every request of the deal desk, those of closed and unknown deals among them. Reporting currency. All
-- terms, what the option adds against leaving the deal as it is, what would turn the answer, and the answer. Options of one
-- deal exclude each other, so nothing may be summed over them; means of one option may be summed over deals, quantiles not.
with decisions as (

    select * from {{ ref('fct_opportunity_decision') }}

),

texts as (

    select * from {{ ref('fct_opportunity_decision_text') }}

),

opportunities as (

    select * from {{ ref('fct_opportunity') }}

),

segments as (

    select * from {{ ref('dim_segment') }}

),

-- does speed cost customers in this segment? Asked at the same discount and price
paces as (

    select
        segment_id,
        case
            when evidence = 'holds_at_same_terms' and held_verdict = 'higher' then 'fast_deals_leave_more_often'
            when evidence = 'holds_at_same_terms' then 'fast_deals_stay_longer'
            else 'not_told_apart'
        end as pace_verdict,
    from {{ ref('mart_segment_pace_difference') }}
    where outcome = 'churn_12m_rate'

),

final as (

    select
        decisions.opportunity_id,
        decisions.question,
        decisions.option_id,
        texts.option_label,
        decisions.option_order,
        opportunities.opportunity_name,
        opportunities.account_name,
        opportunities.deal_type,
        decisions.segment_id,
        segments.segment_name,
        decisions.source,
        decisions.request_id,
        decisions.request_status,
        decisions.arr_amount,
        decisions.discount_points,
        decisions.margin_points,
        decisions.term_months,
        decisions.payment_terms_days,
        decisions.extra_payment_days,
        decisions.one_off_cost,
        decisions.pull_in_days,
        decisions.gross_margin_rate,
        decisions.annual_support_cost,
        decisions.cac_amount,
        decisions.renewal_rate,
        decisions.life_years,
        decisions.expand_probability,
        decisions.expansion_value,
        decisions.acceleration_cost,
        decisions.added_support_cost,
        decisions.cost_to_close,
        decisions.lifecycle_value_mean,
        decisions.parked_win_share,
        decisions.win_probability,
        decisions.yearly_loss_amount,
        decisions.margin_loss_amount,
        decisions.margin_loss_contract_amount,
        decisions.card_value,
        decisions.incremental_roi_mean,
        decisions.incremental_roi_p05,
        decisions.incremental_roi_p50,
        decisions.incremental_roi_p95,
        decisions.p_incremental_positive,
        decisions.win_effect_mean,
        decisions.identification,
        decisions.claimed_win_uplift,
        decisions.break_even_metric,
        decisions.break_even_value,
        decisions.break_even_2_metric,
        decisions.break_even_2_value,
        decisions.break_even_3_metric,
        decisions.break_even_3_value,
        texts.break_even_sentence,
        decisions.answer,
        decisions.answer_rule,
        decisions.answer_threshold,
        texts.answer_sentence
        || case
            when
                decisions.pull_in_days > 0 and decisions.answer in ('yes', 'no')
                and paces.pace_verdict = 'fast_deals_leave_more_often'
                then ' Fast deals of this segment leave more often.'
            else ''
        end as answer_sentence,
        case when decisions.pull_in_days > 0 then coalesce(paces.pace_verdict, 'not_told_apart') end as pace_verdict,
        decisions.economics_status,
        decisions.n_observed,
        decisions.n_events,
        decisions.is_low_support,
        decisions.model_version,
        decisions.as_of_date,
    from decisions
    inner join texts
        on
            decisions.opportunity_id = texts.opportunity_id
            and decisions.question = texts.question
            and decisions.option_id = texts.option_id
    left join opportunities on decisions.opportunity_id = opportunities.opportunity_id
    left join segments on decisions.segment_id = segments.segment_id
    left join paces on decisions.segment_id = paces.segment_id

)

select * from final
