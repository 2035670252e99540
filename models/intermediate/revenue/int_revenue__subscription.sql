-- One row per live-mode subscription as it stood at the end of the as-of day.
with versions as (

    select * from {{ ref('stg_stripe__subscription_history') }}

),

known_versions as (

    select
        *,
        row_number() over (partition by subscription_id order by valid_from_at desc) as version_rank,
    from versions
    where
        {{ was_known('started_at') }}
        -- without history mode there is one version, which stands for every date
        and ({{ was_known('valid_from_at') }} or valid_from_at = created_at)

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
