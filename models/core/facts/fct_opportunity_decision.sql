-- One row per opportunity, question and option: every open deal under every option of the policy, and every request of the
-- deal desk, those of closed and unknown deals among them. What it adds, what would turn it, and the answer with the rule that
-- gave it. Reporting currency. Options of one deal exclude each other: nothing here may be summed over them.
with options as (

    select * from {{ ref('int_opportunity__decision_option') }}

),

requests as (

    select * from {{ ref('int_opportunity__request_option') }}

),

decision_values as (

    select * from {{ ref('int_opportunity__decision_value') }}

),

opportunities as (

    select * from {{ ref('fct_opportunity') }}

),

cards as (

    select * from {{ ref('fct_opportunity_card') }}

),

roi as (

    select * from {{ ref('fct_opportunity_roi') }}

),

-- what a parked deal keeps is no estimate, so whoever reads the answer is told what it rests on
assumptions as (

    select max(value) filter (where assumption_key = 'parked_win_retention') as parked_win_share
    from {{ ref('int_cost__assumption') }}

),

thresholds as (

    select arg_max(value, valid_from) as p_incremental_min
    from {{ ref('play_threshold') }}
    where threshold_key = 'p_incremental_min' and valid_from <= {{ as_of_date() }}

),

keys as (

    select
        opportunity_id,
        question,
        option_id
    from options
    union
    select
        opportunity_id,
        question,
        option_id
    from requests

),

termed as (

    select
        keys.opportunity_id,
        keys.question,
        keys.option_id,
        coalesce(options.option_order, 100) as option_order,
        options.option_label,
        case when requests.option_id is null then 'policy' else 'request' end as source,
        requests.request_id,
        requests.request_status,
        requests.outcome as request_outcome,
        coalesce(requests.n_requests, 0) as n_requests,
        coalesce(requests.is_part_of_whole, false) as is_part_of_whole,
        requests.terms_status,
        requests.claimed_win_uplift,
        coalesce(options.discount_points, requests.discount_points) as discount_points,
        coalesce(options.margin_points, requests.margin_points) as margin_points,
        coalesce(options.term_months, requests.term_months) as term_months,
        coalesce(options.payment_terms_days, requests.payment_terms_days) as payment_terms_days,
        coalesce(options.one_off_cost, requests.one_off_cost) as one_off_cost,
        coalesce(options.pull_in_days, requests.pull_in_days) as pull_in_days,
        options.extra_payment_days,
        coalesce(options.is_term_changed, false) as is_term_changed,
        options.yearly_loss_amount,
        options.margin_loss_contract_amount,
        options.cost_on_win,
        options.cost_regardless,
        options.added_support_cost,
        options.value_factor,
        options.identification,
        opportunities.opportunity_id is not null as is_known_deal,
        opportunities.is_open,
        opportunities.arr_amount,
        opportunities.segment_id,
        opportunities.win_probability,
    from keys
    left join options
        on
            keys.opportunity_id = options.opportunity_id
            and keys.question = options.question
            and keys.option_id = options.option_id
    left join requests on keys.opportunity_id = requests.opportunity_id and keys.option_id = requests.option_id
    left join opportunities on keys.opportunity_id = opportunities.opportunity_id

),

valued as (

    select
        termed.*,
        decision_values.value_mean_cents,
        decision_values.alive_years_mean,
        decision_values.win_probability_mean,
        decision_values.won_years_mean,
        decision_values.won_value_mean_cents,
        decision_values.win_effect_mean,
        {%- for suffix in ['mean', 'p05', 'p50', 'p95'] %}
            case termed.question
                when 'enter' then roi.roi_expected_{{ suffix }}
                else cast(decision_values.gain_{{ suffix }}_cents * 0.01 as decimal(18, 2))
            end as incremental_roi_{{ suffix }},
        {%- endfor %}
        case termed.question
            when 'enter' then 1 - roi.p_expected_roi_negative
            else decision_values.p_gain_positive
        end as p_incremental_positive,
        roi.economics_status,
        roi.cost_to_close,
        roi.lifecycle_value_mean,
        roi.n_observed,
        roi.n_events,
        roi.is_low_support,
        roi.model_version,
        cards.gross_margin_rate,
        cards.annual_support_cost,
        cards.cac as cac_amount,
        cards.renewal_rate,
        cards.life_years,
        cards.expand_probability,
        cards.expansion_value,
        thresholds.p_incremental_min,
        case termed.option_id when 'work_it' then assumptions.parked_win_share end as parked_win_share,
    from termed
    cross join thresholds
    cross join assumptions
    left join decision_values
        on
            termed.opportunity_id = decision_values.opportunity_id
            and termed.question = decision_values.question
            and termed.option_id = decision_values.option_id
    left join roi on termed.opportunity_id = roi.opportunity_id
    left join cards on termed.opportunity_id = cards.opportunity_id

),

-- per cent of a win probability and points of margin at which the answer turns: ratios of means over the draws
turned as (

    select
        *,
        cast(round(yearly_loss_amount * 100 * alive_years_mean + cost_on_win * 100) * 0.01 as decimal(18, 2))
            as margin_loss_amount,
        won_value_mean_cents - value_factor * (
            won_value_mean_cents
            - yearly_loss_amount * 100 * won_years_mean
            - (cost_on_win + added_support_cost) * 100 * win_probability_mean
        ) + cost_regardless * 100 as lost_without_effect_cents,
        value_factor * (
            value_mean_cents - yearly_loss_amount * 100 * alive_years_mean - (cost_on_win + added_support_cost) * 100
        ) as arm_value_cents,
        arr_amount * 100 * won_years_mean as won_arr_cents,
        {{ card_entry_value('arr_amount', 'gross_margin_rate', 'annual_support_cost', 'life_years', '1', '0') }} as card_of_life,
    from valued

),

answered as (

    select
        *,
        case
            when not is_known_deal then 'deal_unknown'
            when not is_open then 'deal_closed'
            when is_part_of_whole then 'part_of_whole'
            when terms_status = 'implausible' then 'terms_implausible'
            when terms_status = 'not_stated' then 'terms_not_stated'
            when p_incremental_positive is null then 'economics_unknown'
            when
                question = 'concede' and yearly_loss_amount = 0 and cost_on_win = 0 and coalesce(pull_in_days, 0) = 0
                then 'gives_nothing_away'
            else 'p_incremental_min'
        end as answer_rule,
    from turned

),

final as (

    select
        opportunity_id,
        question,
        option_id,
        option_order,
        option_label,
        source,
        request_id,
        request_status,
        request_outcome,
        n_requests,
        segment_id,
        arr_amount,
        discount_points,
        margin_points,
        term_months,
        is_term_changed,
        payment_terms_days,
        extra_payment_days,
        one_off_cost,
        pull_in_days,
        gross_margin_rate,
        annual_support_cost,
        cac_amount,
        renewal_rate,
        life_years,
        expand_probability,
        expansion_value,
        cost_regardless as acceleration_cost,
        added_support_cost,
        cost_to_close,
        lifecycle_value_mean,
        cast(parked_win_share as decimal(9, 6)) as parked_win_share,
        win_probability,
        yearly_loss_amount,
        margin_loss_amount,
        margin_loss_contract_amount,
        cast(
            case question
                when 'enter'
                    then {{ card_entry_value(
                        'arr_amount', 'gross_margin_rate', 'annual_support_cost', 'life_years', 'renewal_rate', 'cac_amount'
                    ) }}
                when 'accelerate'
                    then {{ card_acceleration_value(
                        'expand_probability', 'expansion_value', 'gross_margin_rate', 'cost_regardless', 'added_support_cost'
                    ) }}
                else -({{ card_concession_loss('yearly_loss_amount', '1', 'life_years') }} + cost_on_win)
            end as decimal(18, 2)
        ) as card_value,
        incremental_roi_mean,
        incremental_roi_p05,
        incremental_roi_p50,
        incremental_roi_p95,
        p_incremental_positive,
        cast(win_effect_mean as decimal(9, 6)) as win_effect_mean,
        coalesce(identification, 'not_identified') as identification,
        claimed_win_uplift,
        case question
            when 'enter' then 'lowest_win_probability'
            when 'accelerate' then 'largest_cost'
            else 'needed_win_uplift'
        end as break_even_metric,
        cast(case question
            -- the answer to enter comes from the draws, so what turns it does, too; a chance beyond certainty turns nothing
            when 'enter'
                then case
                    when lifecycle_value_mean > 0 and cost_to_close <= lifecycle_value_mean then
                        {{ round_ratio('1000000 * cost_to_close', 'cast(100 * lifecycle_value_mean as hugeint)') }} * 0.0001
                end
            when 'accelerate'
                then case when incremental_roi_mean + cost_regardless > 0 then incremental_roi_mean + cost_regardless end
            else case
                when lost_without_effect_cents <= 0 then 0
                -- no rise pays where nothing is left to win, or where it would go beyond certainty
                when
                    arm_value_cents >= 1
                    and lost_without_effect_cents <= (1 - win_probability_mean) * arm_value_cents
                    then {{ round_ratio('10000 * lost_without_effect_cents', 'cast(arm_value_cents as hugeint)') }} * 0.0001
            end
        end as decimal(18, 4)) as break_even_value,
        case question when 'enter' then 'lowest_renewal' when 'concede' then 'largest_margin_points' end as break_even_2_metric,
        cast(case question
            when 'enter'
                then case
                    when card_of_life > 0 and cac_amount <= card_of_life then
                        {{ round_ratio('1000000 * cac_amount', 'cast(100 * card_of_life as hugeint)') }} * 0.0001
                end
            -- were the deal lost for sure without it: all that it is worth, given away
            when 'concede'
                then case
                    when won_value_mean_cents > cost_to_close * 100 and won_arr_cents >= 1
                        then least(
                            {{ round_ratio(
                                '1000000 * (won_value_mean_cents - cost_to_close * 100)', 'cast(won_arr_cents as hugeint)'
                            ) }} * 0.0001, 100
                        )
                    when won_value_mean_cents is not null then 0
                end
        end as decimal(18, 4)) as break_even_2_value,
        case question when 'enter' then 'largest_cac' end as break_even_3_metric,
        cast(
            case when question = 'enter' and card_of_life * renewal_rate > 0 then card_of_life * renewal_rate end
            as decimal(18, 4)
        ) as break_even_3_value,
        answer_rule,
        case answer_rule
            when 'deal_closed' then 'deal_closed'
            when 'part_of_whole' then 'part_of_whole'
            when 'gives_nothing_away' then 'yes'
            when 'p_incremental_min' then case when p_incremental_positive >= p_incremental_min then 'yes' else 'no' end
            else 'unknown'
        end as answer,
        case when answer_rule = 'p_incremental_min' then p_incremental_min end as answer_threshold,
        coalesce(economics_status, 'unknown') as economics_status,
        coalesce(n_observed, 0) as n_observed,
        coalesce(n_events, 0) as n_events,
        coalesce(is_low_support, true) as is_low_support,
        model_version,
        {{ as_of_date() }} as as_of_date,
    from answered

)

select * from final
