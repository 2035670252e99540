-- One row per reply of a seller that was known by the as-of day: which week's play it answers, what it means, and whether it
-- counts. None is lost: what does not count says why.
with replies as (

    select * from {{ ref('stg_crm__play_response') }}
    where {{ was_known('replied_at') }} and {{ was_loaded('synced_at') }}

),

states as (

    select * from {{ ref('int_opportunity__state') }}

),

words as (

    select * from {{ ref('play_response_word') }}

),

read_replies as (

    select
        replies.opportunity_id,
        replies.decision_week_on as stated_week_on,
        {{ get_week_start('replies.decision_week_on') }} as decision_week_on,
        replies.replied_at,
        regexp_replace(lower(trim(replies.response)), '[\s\-]+', '_', 'g') as response_word,
        nullif(lower(trim(replies.reason_code)), '') as reason_code,
        states.opportunity_id is not null as is_deal_known,
    from replies
    left join states on replies.opportunity_id = states.opportunity_id

),

judged as (

    select
        read_replies.*,
        words.response_word is not null as is_word_known,
        coalesce(words.response, 'other') as response,
        -- a Monday begins up to half a day earlier in the east than here
        read_replies.replied_at >= cast(read_replies.decision_week_on as timestamp) - interval '1 day' as is_after_issue,
    from read_replies
    left join words on read_replies.response_word = words.response_word

),

ranked as (

    select
        *,
        row_number() over (
            partition by opportunity_id, decision_week_on, is_deal_known and is_after_issue
            order by replied_at desc, stated_week_on desc, response_word asc
        ) as reply_rank,
    from judged

),

final as (

    select
        opportunity_id,
        stated_week_on,
        replied_at,
        decision_week_on,
        stated_week_on != decision_week_on as is_week_moved,
        response_word,
        is_word_known,
        response,
        reason_code,
        case
            when not is_deal_known then 'unknown_deal'
            when not is_after_issue then 'before_week'
            when reply_rank > 1 then 'superseded'
            else 'counts'
        end as reply_status,
    from ranked

)

select * from final
