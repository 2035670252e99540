-- One row per check on the plays of past weeks: weeks that nobody was told of, answers that answer nothing, words nobody knows.
with replies as (

    select * from {{ ref('int_opportunity__play_response') }}

),

advice as (

    select * from {{ ref('fct_play_advice') }}

),

issued_weeks as (

    select * from {{ ref('stg_ledger__issued_week') }}
    where is_latest

),

placed as (

    select
        replies.*,
        case
            when replies.reply_status != 'counts' then replies.reply_status
            when advice.opportunity_id is null then 'no_advice'
            else 'counts'
        end as use,
    from replies
    left join advice
        on replies.opportunity_id = advice.opportunity_id and replies.decision_week_on = advice.decision_week_on

),

reply_counts as (

    select
        count(*) as n_replies,
        count(*) filter (where use = 'superseded') as n_superseded,
        count(*) filter (where use = 'unknown_deal') as n_unknown_deal,
        count(*) filter (where use = 'before_week') as n_before_week,
        count(*) filter (where use = 'no_advice') as n_no_advice,
        count(*) filter (where is_week_moved) as n_moved,
    from placed

),

unknown_words as (

    select
        count(*) as n_words,
        sum(n_replies) as n_replies,
        array_to_string(list(response_word order by n_replies desc, response_word asc)[:5], ', ') as first_words,
    from (
        select
            response_word,
            count(*) as n_replies,
        from placed
        where not is_word_known
        group by response_word
    ) as words

),

issue_span as (

    select
        min(decision_week_on) as first_issued_on,
        count(*) as n_issued,
    from issued_weeks

),

-- Mondays from the first issue to the week before this one
weeks_due as (

    select cast(due.week_on as date) as decision_week_on
    from issue_span
    cross join unnest(
        generate_series(
            cast(issue_span.first_issued_on as timestamp),
            cast({{ get_week_start(as_of_date()) }} as timestamp) - interval '7 days',
            interval '7 days'
        )
    ) as due (week_on)

),

missed as (

    select
        count(*) as n_due,
        count(*) filter (where issued_weeks.decision_week_on is null) as n_missed,
        string_agg(
            strftime(weeks_due.decision_week_on, '%Y-%m-%d'), ', ' order by weeks_due.decision_week_on
        ) filter (where issued_weeks.decision_week_on is null) as missed_weeks,
    from weeks_due
    left join issued_weeks on weeks_due.decision_week_on = issued_weeks.decision_week_on

),

counts as (

    select
        'play_weeks_not_issued' as check_name,
        missed.n_missed as n_rows,
        missed.n_due as n_all,
        case
            when issue_span.n_issued = 0
                then 'No plays of a week before this one were issued: adherence is measured against recomputed advice'
            when missed.n_missed = 0 then 'Every week since ' || issue_span.first_issued_on || ' was issued'
            else
                'Weeks since the first issue that were not issued: ' || missed.missed_weeks
                || '; what sellers were told then is recomputed'
        end as detail,
    from missed
    cross join issue_span

    union all

    select
        'play_replies_unused' as check_name,
        n_superseded + n_unknown_deal + n_before_week + n_no_advice as n_rows,
        n_replies as n_all,
        case
            when n_replies = 0 then 'No replies to plays'
            else
                'Replies that answer no play, of ' || n_replies || ': ' || n_superseded || ' followed by another, '
                || n_unknown_deal || ' of unknown deals, ' || n_before_week || ' before their week, '
                || n_no_advice || ' of weeks in which the deal had no play; '
                || n_moved || ' named another day than a Monday and count for its week'
        end as detail,
    from reply_counts

    union all

    select
        'play_reply_words_unknown' as check_name,
        coalesce(unknown_words.n_replies, 0) as n_rows,
        reply_counts.n_replies as n_all,
        case
            when unknown_words.n_words = 0 then 'Every word of a reply is known'
            else
                'Replies in words that the seed play_response_word does not hold, counted as other: '
                || unknown_words.first_words || case when unknown_words.n_words > 5 then ', ...' else '' end
        end as detail,
    from unknown_words
    cross join reply_counts

),

final as (

    {{ grade_counts('counts', 'plays') }}

)

select * from final
