-- One row per won deal and subscription that at least one rule would link: the best such rule, whether the link is
-- accepted, and if not, why. A statement of either side goes before anything inferred; then each side keeps its best rule
-- and its nearest partner, and where several are equally near nobody is taken.
with fits as (

    select * from {{ ref('int_opportunity__subscription_fit') }}

),

candidates as (

    select
        *,
        -- agreement of the amount goes before nearness in days
        distance_days + case when is_amount_agreed then 0 else 100000 end as misfit,
        -- the side of the subscription: its one deal that started it; every other deal has a side of its own
        case when link_role = 'start' then subscription_id else subscription_id || ' ' || opportunity_id end as slot,
    from fits

),

stated as (

    select
        *,
        not is_explicit
        and (
            bool_or(is_explicit) over (partition by opportunity_id)
            or bool_or(is_explicit) over (partition by slot)
        ) as is_stated_elsewhere,
    from candidates

),

by_subscription as (

    select
        *,
        not is_stated_elsewhere
        and rule_order > min(case when not is_stated_elsewhere then rule_order end) over (partition by slot)
            as is_worse_for_subscription,
    from stated

),

by_deal as (

    select
        *,
        is_worse_for_subscription
        or (
            not is_stated_elsewhere
            and not is_explicit
            and rule_order > min(
                case when not is_stated_elsewhere and not is_worse_for_subscription then rule_order end
            ) over (partition by opportunity_id)
        ) as has_better_rule_elsewhere,
    from by_subscription

),

-- what is left competes by nearness only
competing as (

    select
        *,
        misfit - min(misfit) over (partition by slot) as subscription_lag,
        misfit - min(misfit) over (partition by opportunity_id) as deal_lag,
    from by_deal
    where not is_stated_elsewhere and not has_better_rule_elsewhere

),

settled as (

    select
        *,
        sum(cast(subscription_lag <= tie_days as integer)) over (partition by slot) as near_deals,
        sum(cast(deal_lag <= tie_days as integer)) over (partition by opportunity_id) as near_subscriptions,
    from competing

),

verdicts as (

    select
        opportunity_id,
        subscription_id,
        case
            when subscription_lag > tie_days or (not is_explicit and deal_lag > tie_days) then 'nearer_partner_elsewhere'
            when near_deals > 1 or (not is_explicit and near_subscriptions > 1) then 'several_equally_good'
            else 'accepted'
        end as reason,
    from settled

),

final as (

    select
        by_deal.opportunity_id,
        by_deal.subscription_id,
        by_deal.deal_type,
        by_deal.customer_id,
        by_deal.link_method,
        by_deal.rule_order,
        by_deal.link_role,
        by_deal.match_confidence,
        by_deal.is_explicit,
        by_deal.n_rules,
        by_deal.is_same_account,
        by_deal.is_amount_agreed,
        by_deal.days_to_start,
        by_deal.distance_days,
        coalesce(verdicts.reason = 'accepted', false) as is_accepted,
        case
            when by_deal.is_stated_elsewhere then 'stated_elsewhere'
            when by_deal.has_better_rule_elsewhere then 'better_rule_elsewhere'
            else verdicts.reason
        end as reason,
    from by_deal
    left join verdicts
        on by_deal.opportunity_id = verdicts.opportunity_id and by_deal.subscription_id = verdicts.subscription_id

)

select * from final
