-- A failing row is a month, currency and pair of policies whose reasons do not sum to the difference of their totals, a reason
-- that has not the opposite sign the other way round, or one that does not come out the same by way of a third policy. A
-- pair of policies without any row must agree.
with policies as (

    select policy from {{ ref('mrr_policy') }}

),

totals as (

    select
        policy,
        currency,
        month_on,
        {{ convert_to_major_units('mrr_minor', 'currency_exponent') }} as mrr_amount,
    from {{ ref('fct_mrr_policy_month') }}

),

places as (

    select distinct
        currency,
        month_on,
    from totals

),

bridge as (

    select * from {{ ref('mart_mrr_policy_bridge') }}

),

pair_sums as (

    select
        month_on,
        currency,
        from_policy,
        to_policy,
        sum(difference_amount) as difference_amount,
    from bridge
    group by month_on, currency, from_policy, to_policy

),

not_exact as (

    select
        'not exact' as fault,
        places.month_on,
        places.currency,
        froms.policy as from_policy,
        tos.policy as to_policy,
        '' as reason,
    from places
    cross join policies as froms
    cross join policies as tos
    left join totals as from_totals
        on
            froms.policy = from_totals.policy
            and places.currency = from_totals.currency
            and places.month_on = from_totals.month_on
    left join totals as to_totals
        on
            tos.policy = to_totals.policy
            and places.currency = to_totals.currency
            and places.month_on = to_totals.month_on
    left join pair_sums
        on
            froms.policy = pair_sums.from_policy
            and tos.policy = pair_sums.to_policy
            and places.currency = pair_sums.currency
            and places.month_on = pair_sums.month_on
    where
        froms.policy != tos.policy
        and coalesce(to_totals.mrr_amount, 0) - coalesce(from_totals.mrr_amount, 0)
        != coalesce(pair_sums.difference_amount, 0)

),

not_turned as (

    select
        'not turned' as fault,
        bridge.month_on,
        bridge.currency,
        bridge.from_policy,
        bridge.to_policy,
        bridge.reason,
    from bridge
    left join bridge as turned
        on
            bridge.from_policy = turned.to_policy
            and bridge.to_policy = turned.from_policy
            and bridge.month_on = turned.month_on
            and bridge.currency = turned.currency
            and bridge.reason = turned.reason
    where bridge.difference_amount + coalesce(turned.difference_amount, 0) != 0

),

-- the direct way with its sign turned, and the two parts of the way by a third policy
ways as (

    select
        bridge.from_policy,
        vias.policy as via_policy,
        bridge.to_policy,
        bridge.month_on,
        bridge.currency,
        bridge.reason,
        -bridge.difference_amount as difference_amount,
    from bridge
    inner join policies as vias on bridge.from_policy != vias.policy and bridge.to_policy != vias.policy

    union all

    select
        bridge.from_policy,
        bridge.to_policy as via_policy,
        tos.policy as to_policy,
        bridge.month_on,
        bridge.currency,
        bridge.reason,
        bridge.difference_amount,
    from bridge
    inner join policies as tos on bridge.from_policy != tos.policy and bridge.to_policy != tos.policy

    union all

    select
        froms.policy as from_policy,
        bridge.from_policy as via_policy,
        bridge.to_policy,
        bridge.month_on,
        bridge.currency,
        bridge.reason,
        bridge.difference_amount,
    from bridge
    inner join policies as froms on bridge.from_policy != froms.policy and bridge.to_policy != froms.policy

),

not_chained as (

    select
        'not chained by ' || via_policy as fault,
        month_on,
        currency,
        from_policy,
        to_policy,
        reason,
    from ways
    group by from_policy, via_policy, to_policy, month_on, currency, reason
    having sum(difference_amount) != 0

)

select * from not_exact
union all
select * from not_turned
union all
select * from not_chained
