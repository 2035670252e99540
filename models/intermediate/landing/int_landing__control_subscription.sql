-- One row per version of a subscription, with why it does not stand for its subscription; null for the one that does.
with versions as (

    select
        *,
        min(valid_from_at) over (partition by subscription_id) as first_valid_from_at,
        row_number() over (partition by subscription_id order by valid_from_at) as version_no,
    from {{ ref('stg_stripe__subscription_history') }}

),

known as (

    select
        *,
        {{ was_known('started_at') }}
        and ({{ was_known('valid_from_at') }} or valid_from_at = first_valid_from_at) as is_known,
        coalesce(ended_at, case when status in ('canceled', 'incomplete_expired') then canceled_at end) as stated_end_at,
    from versions

),

ranked as (

    select
        *,
        row_number() over (
            partition by subscription_id, is_known order by valid_from_at desc
        ) as newest_first,
    from known

),

final as (

    select
        'subscriptions' as chain,
        subscription_id as document_key,
        version_no,
        '' as currency,
        cast(null as bigint) as amount_minor,
        case
            when not is_known then 'after_as_of'
            when newest_first > 1 then 'older_version'
            when status in ('incomplete', 'incomplete_expired') then 'never_started'
            when stated_end_at <= started_at then 'never_ran'
        end as left_out_as,
    from ranked

)

select * from final
