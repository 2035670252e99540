-- One row per subscription and complete month at whose end it had begun and not ended: the status it had then. The
-- newest version by that moment tells; null where no version reaches back so far, or where only the present is kept,
-- which says nothing about any month but the last.
with subscriptions as (

    select * from {{ ref('int_revenue__subscription') }}

),

versions as (

    select * from {{ ref('stg_stripe__subscription_history') }}
    where {{ was_known('valid_from_at') }}

),

months as (

    select * from {{ ref('dim_month') }}

),

-- A single version that is as old as the subscription is its present row: the past was not kept.
kept_past as (

    select
        subscription_id,
        count(*) > 1 or min(valid_from_at) > min(created_at) as has_past,
    from versions
    group by subscription_id

),

begun_months as (

    select
        subscriptions.subscription_id,
        subscriptions.customer_id,
        subscriptions.trial_end_at,
        months.month_on,
        cast(months.next_month_on as timestamp) as month_end_at,
    from subscriptions
    inner join months
        on
            cast(months.next_month_on as timestamp) > subscriptions.started_at
            and cast(months.next_month_on as timestamp) <= coalesce(subscriptions.ended_at, timestamp '9999-12-31')

),

ranked as (

    select
        begun_months.*,
        versions.status,
        row_number() over (
            partition by begun_months.subscription_id, begun_months.month_on
            order by versions.valid_from_at desc nulls last
        ) as version_rank,
    from begun_months
    left join kept_past on begun_months.subscription_id = kept_past.subscription_id
    left join versions
        on
            begun_months.subscription_id = versions.subscription_id
            and begun_months.month_end_at > versions.valid_from_at
            and (kept_past.has_past or begun_months.month_on = {{ last_complete_month() }})

),

final as (

    select
        subscription_id,
        customer_id,
        month_on,
        -- the end of a trial is dated, its version may have been loaded later
        case when status = 'trialing' and trial_end_at < month_end_at then 'active' else status end as stripe_status,
    from ranked
    where version_rank = 1

)

select * from final
