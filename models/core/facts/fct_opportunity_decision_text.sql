-- One row per opportunity, question and option: the option, its break-even and its answer in words, as a deal desk says them.
-- Every number in a sentence stands in fct_opportunity_decision.
with decisions as (

    select * from {{ ref('fct_opportunity_decision') }}

),

worded as (

    select
        *,
        'Chance that it pays ' || {{ format_chance('p_incremental_positive') }} || ', needed '
        || {{ format_chance('answer_threshold') }} || '.' as chance_sentence,
        case economics_status when 'support_unknown' then ' Support cost is unknown and not counted.' else '' end
        || case request_outcome
            when 'granted' then ' The desk has granted it.'
            when 'refused' then ' The desk has refused it.'
            else ''
        end
            as caveat,
    from decisions

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
                    case when extra_payment_days > 0 then 'payment ' || extra_payment_days || ' days later' end
                ), ''), 'nothing that costs'
            )
        ) as option_label,
        case
            when incremental_roi_mean is null then null
            when question = 'enter'
                then case
                    when cac_amount is null or gross_margin_rate is null then 'The card lacks a term, so it has no break-even.'
                    when break_even_value is null then 'By the card no renewal probability pays.'
                    when cac_amount = 0
                        then
                            'By the card nothing is spent on winning it; it pays up to '
                            || {{ format_amount('break_even_2_value') }}
                            || '.'
                    else
                        'By the card it pays as long as more than ' || {{ format_points('100 * break_even_value') }}
                        || ' % renew and winning it costs less than ' || {{ format_amount('break_even_2_value') }} || '.'
                end
            when question = 'accelerate'
                then case
                    when break_even_value is null then 'No cost is low enough.'
                    else 'Pays as long as it costs less than ' || {{ format_amount('break_even_value') }} || '.'
                end
            else case
                when break_even_value = 0 then 'It needs no rise of the win probability.'
                when
                    break_even_value is null
                    then 'From ' || {{ format_points('100 * win_probability') }} || ' % no rise of the win probability is enough.'
                else
                    'It would have to lift the win probability by ' || {{ format_points('100 * break_even_value') }}
                    || ' points, from ' || {{ format_points('100 * win_probability') }} || ' %.'
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
                        || {{ format_points('100 * win_probability') }}
                        || ' %. '
                        || chance_sentence
                        || coalesce(
                            ' The card says ' || {{ format_amount('card_value') }} || ' once won, acquisition included.', ''
                        )
                when 'accelerate'
                    then
                        case answer when 'yes' then 'Yes: ' else 'No: ' end
                        || case option_id
                            when 'work_it' then 'working it instead of parking it'
                            else 'closing ' || coalesce(cast(pull_in_days as varchar), '0') || ' days sooner'
                        end
                        || ' adds ' || {{ format_amount('incremental_roi_mean + acceleration_cost') }} || ' and costs '
                        || {{ format_amount('acceleration_cost') }} || '. ' || chance_sentence
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
                            || {{ format_points('100 * win_effect_mean') }} || ' points) counted, it changes what is expected by '
                            || {{ format_amount('incremental_roi_mean') }} || '. '
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
            end || caveat
        end as answer_sentence,
    from worded

)

select * from final
