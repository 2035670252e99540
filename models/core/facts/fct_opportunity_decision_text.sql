-- One row per opportunity, question and option: the option, its break-even and its answer in words, as a deal desk says them.
-- Every number in a sentence stands in fct_opportunity_decision.
with decisions as (

    select * from {{ ref('fct_opportunity_decision') }}

),

-- the play of the week, which may park a deal that would pay
plays as (

    select
        opportunity_id,
        play,
        rule_sentence,
    from {{ ref('fct_opportunity_rule') }}

),

worded as (

    select
        decisions.*,
        'Chance that it pays ' || {{ format_chance('p_incremental_positive') }} || ', needed '
        || {{ format_chance('answer_threshold') }} || '.' as chance_sentence,
        case economics_status when 'support_unknown' then ' Support cost is unknown and not counted.' else '' end
        || case request_outcome
            when 'granted' then ' The desk has granted it.'
            when 'refused' then ' The desk has refused it.'
            else ''
        end
            as caveat,
        case
            when decisions.option_id = 'work_it' and decisions.answer = 'yes' and plays.play = 'Park'
                then
                    ' The play is Park all the same; the weekly list says why: ' || plays.rule_sentence || '.'
            else ''
        end as play_caveat,
        -- a model never means nought or certainty
        case
            when decisions.win_probability < 0.0005 then 'under 0.1 %'
            when decisions.win_probability > 0.9995 then 'over 99.9 %'
            else {{ format_points('100 * decisions.win_probability') }} || ' %'
        end as odds_text,
        -- worth of the option before what it costs
        incremental_roi_mean + acceleration_cost as added_amount,
        -- what the odds as they are would bring, whatever the selling costs
        incremental_roi_mean + cost_to_close as largest_cost_to_close,
    from decisions
    left join plays on decisions.opportunity_id = plays.opportunity_id

),

final as (

    select
        opportunity_id,
        question,
        option_id,
        coalesce(
            option_label,
            case
                when option_id = 'requests_together'
                    then n_requests || ' open requests taken as one: '
                else 'Request ' || coalesce(request_id, '') || ': '
            end
            || coalesce(
                nullif(concat_ws(
                    ', ',
                    case when discount_points > 0 then {{ format_points('discount_points') }} || ' % discount' end,
                    case
                        when margin_points > 0 then {{ format_points('margin_points') }} || ' points of margin'
                    end,
                    case when one_off_cost > 0 then {{ format_amount('one_off_cost') }} || ' once' end,
                    case when pull_in_days > 0 then pull_in_days || ' days sooner' end,
                    case
                        when extra_payment_days > 0
                            then 'payment ' || {{ format_points('extra_payment_days') }} || ' days later'
                    end
                ), ''), 'nothing that costs'
            )
        ) as option_label,
        case
            when incremental_roi_mean is null then null
            when question = 'enter'
                then case
                    when break_even_value is null
                        then
                            'No win probability pays: once won it brings ' || {{ format_amount('lifecycle_value_mean') }}
                            || ', and the selling still to do costs ' || {{ format_amount('cost_to_close') }} || '.'
                    when cost_to_close = 0 then 'No selling is left to do, so it pays at any win probability.'
                    when break_even_value < 0.0005
                        then
                            'On average it pays from less than 0.1 % of win probability on; the deal has '
                            || odds_text || '.'
                    else
                        'On average it pays above a win probability of ' || {{ format_points('100 * break_even_value') }}
                        || ' %; the deal has ' || odds_text || '.'
                end
                || case
                    when answer = 'no' and incremental_roi_mean < 0 and largest_cost_to_close >= 0.5
                        then
                            ' At the odds of today the selling still to do may cost '
                            || {{ format_amount('largest_cost_to_close') }} || ', and it costs '
                            || {{ format_amount('cost_to_close') }} || '.'
                    else ''
                end
                || case
                    when answer = 'no' and win_probability > break_even_value
                        then ' It pays on average, but the chance of it is too small for a yes.'
                    else ''
                end
                || case
                    when cac_amount is null or gross_margin_rate is null
                        then ' The card lacks a term, so it has no break-evens of its own.'
                    when break_even_2_value is null then ' By the card, once won, no renewal probability pays.'
                    when cac_amount = 0
                        then
                            ' By the card, once won, it could bear ' || {{ format_amount('break_even_3_value') }}
                            || ' of acquisition cost; none counts here.'
                    else
                        ' By the card, once won, it pays as long as more than '
                        || {{ format_points('100 * break_even_2_value') }}
                        || ' % renew and acquisition cost less than ' || {{ format_amount('break_even_3_value') }} || '.'
                end
            when question = 'accelerate'
                then case
                    when break_even_value is null then 'No cost is low enough.'
                    else 'Pays as long as it costs less than ' || {{ format_amount('break_even_value') }} || '.'
                end
            else case
                when break_even_value = 0 then 'It needs no rise of the win probability.'
                -- hardly ever won, so hardly ever given away: a break-even of nought would read as advice to concede
                when win_probability < 0.0005
                    then 'The deal is won less than once in 2,000 times; no rise of the win probability is worth naming.'
                when
                    break_even_value is null
                    then 'From ' || odds_text || ' no rise of the win probability is enough.'
                when break_even_value < 0.0005
                    then
                        'A rise of the win probability by less than 0.1 points would pay for it, from '
                        || odds_text || '.'
                else
                    'It would have to lift the win probability by ' || {{ format_points('100 * break_even_value') }}
                    || ' points, from ' || odds_text || '.'
            end
            || case
                when break_even_2_value = 0 and margin_points > 0
                    then ' The deal is not worth the selling still to do, so nothing could be given for it.'
                when break_even_2_value < 100 and margin_points > 0
                    then
                        ' Even if the deal were lost for sure without it, more than '
                        || {{ format_points('break_even_2_value') }} || ' points of margin would be too much.'
                else ''
            end
        end as break_even_sentence,
        case answer_rule
            when
                'deal_unknown'
                then 'Unknown: the CRM has no such deal. Correct the opportunity id of request ' || request_id || '.'
            when 'deal_closed' then 'The deal is closed: nothing is left to decide.'
            when 'part_of_whole'
                then
                    'One of several open requests on this deal; they are one concession and are answered together.'
            when 'terms_implausible'
                then
                    'Unknown: the request states terms that cannot be (per cent outside 0 to 100, a negative cost, or more than '
                    || '730 days). Correct it and ask again.'
            when 'terms_not_stated' then 'Unknown: the request states no terms. Record what is asked for.'
            when 'economics_unknown'
                then 'Unknown: ' || case
                    when arr_amount is null
                        then 'the deal has no amount in a currency with a rate. Record amount and currency first.'
                    when segment_id is null
                        then 'it fits no segment. Record term, discount, services and the onboarding promise first.'
                    else 'what customers of its segment earn and cost is not known.'
                end
            when 'gives_nothing_away' then 'Yes: it gives nothing away.'
            else case question
                when 'enter'
                    then
                        case answer when 'yes' then 'Yes: ' else 'No: ' end
                        || case
                            when incremental_roi_mean < 0
                                then 'expected to cost ' || {{ format_amount('-incremental_roi_mean') }} || ' more than it brings'
                            else 'expected to bring ' || {{ format_amount('incremental_roi_mean') }}
                        end
                        || ', the selling still to do paid, at a win probability of '
                        || odds_text || '. '
                        || chance_sentence
                        || case
                            when card_value is null then ''
                            else ' The card says ' || {{ format_amount('card_value') }} || ' once won, acquisition included.'
                        end
                when 'accelerate'
                    then
                        case answer when 'yes' then 'Yes: ' else 'No: ' end
                        || case option_id
                            when 'work_it' then 'working it instead of parking it'
                            else 'closing ' || coalesce(cast(pull_in_days as varchar), '0') || ' days sooner'
                        end
                        || case
                            when added_amount >= 0.5 then ' adds ' || {{ format_amount('added_amount') }} || ' and costs '
                            when added_amount <= -0.5
                                then ' brings ' || {{ format_amount('-added_amount') }} || ' less and costs '
                            else ' adds nothing and costs '
                        end
                        || {{ format_amount('acceleration_cost') }}
                        || case
                            when parked_win_share is null then '. '
                            when parked_win_share = 0.5 then ', if a parked deal keeps half of its chance: an assumption. '
                            else
                                ', if a parked deal keeps ' || {{ format_points('100 * parked_win_share') }}
                                || ' % of its chance: an assumption. '
                        end
                        || chance_sentence
                else
                    case answer when 'yes' then 'Yes: ' else 'No: ' end
                    || 'if won, it gives away ' || {{ format_amount('margin_loss_amount') }} || ' of margin over the life'
                    || case
                        when win_effect_mean is null
                            then
                                '; at the odds of today that is ' || {{ format_amount('-incremental_roi_mean') }}
                                || ', and nothing shows that such a concession wins deals. '
                        else
                            '; its effect on winning (' || identification || ', '
                            || {{ format_points('100 * win_effect_mean') }}
                            || ' points) counted, the money expected from the deal '
                            || case
                                when incremental_roi_mean >= 0.5
                                    then 'rises by ' || {{ format_amount('incremental_roi_mean') }}
                                when incremental_roi_mean <= -0.5
                                    then 'falls by ' || {{ format_amount('-incremental_roi_mean') }}
                                else 'stays as it is'
                            end || '. '
                    end
                    || chance_sentence
                    || case
                        when claimed_win_uplift is not null
                            then
                                ' The request hopes for ' || {{ format_points('100 * claimed_win_uplift') }}
                                || ' points; hope is not counted.'
                        else ''
                    end
                    || case when is_term_changed then ' Renewal is taken as unchanged by the term.' else '' end
            end || caveat || play_caveat
        end as answer_sentence,
    from worded

)

select * from final
