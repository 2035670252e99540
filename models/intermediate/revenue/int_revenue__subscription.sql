-- One row per live-mode subscription as it stood at the end of the as-of day.
with versions as (

    select * from {{ ref('stg_stripe__subscription_history') }}

),

first_versions as (

    select
        subscription_id,
        min(valid_from_at) as first_valid_from_at,
    from versions
    group by subscription_id

),

known_versions as (

    select
        versions.*,
        row_number() over (partition by versions.subscription_id order by versions.valid_from_at desc) as version_rank,
    from versions
    inner join first_versions on versions.subscription_id = first_versions.subscription_id
    where
        {{ was_known('versions.started_at') }}
        -- history may have been switched on after the as-of day: the first version stands for all that was before
        and ({{ was_known('versions.valid_from_at') }} or versions.valid_from_at = first_versions.first_valid_from_at)

),

latest as (

    select * from known_versions
    where version_rank = 1

),

crosswalk as (

    select * from {{ ref('int_identity__crosswalk') }}
    where source_system = 'stripe'

),

dated as (

    select
        latest.subscription_id,
        latest.stripe_customer_id,
        latest.opportunity_ref,
        latest.term_months_ref,
        latest.status,
        latest.started_at,
        latest.trial_end_at,
        coalesce(
            latest.ended_at,
            case when latest.status in ('canceled', 'incomplete_expired') then latest.canceled_at end
        ) as stated_end_at,
        crosswalk.account_id,
        crosswalk.match_method,
        coalesce(crosswalk.is_ambiguous, false) as is_ambiguous,
    from latest
    left join crosswalk on latest.stripe_customer_id = crosswalk.source_id

),

final as (

    select
        subscription_id,
        stripe_customer_id,
        account_id,
        coalesce(account_id, 'stripe:' || stripe_customer_id) as customer_id,
        match_method,
        is_ambiguous,
        opportunity_ref,
        term_months_ref,
        started_at,
        trial_end_at,
        -- an end that lies after the as-of day was not known then
        case when {{ was_known('stated_end_at') }} then stated_end_at end as ended_at,
    from dated
    where
        status not in ('incomplete', 'incomplete_expired')
        and (stated_end_at is null or stated_end_at > started_at)

)

select * from final
