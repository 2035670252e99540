-- One row per complete month, billing currency, ordered pair of policies and reason: why MRR by one definition is not MRR
-- by the other. The reasons of a pair sum to the difference of its two totals.
with differences as (

    select * from {{ ref('fct_mrr_policy_difference') }}

),

totals as (

    select * from {{ ref('fct_mrr_policy_month') }}

),

policies as (

    select * from {{ ref('mrr_policy') }}

),

reasons as (

    select * from {{ ref('mrr_policy_item') }}

),

pairs as (

    select
        froms.policy as from_policy,
        tos.policy as to_policy,
    from policies as froms
    cross join policies as tos
    where froms.policy != tos.policy

),

-- to the second policy a difference counts as it stands, from the first one with its sign turned
signed as (

    select
        pairs.from_policy,
        pairs.to_policy,
        differences.subscription_id,
        differences.price_id,
        differences.currency,
        differences.currency_exponent,
        differences.month_on,
        differences.reason,
        differences.difference_minor,
    from differences
    inner join pairs on differences.policy = pairs.to_policy

    union all

    select
        pairs.from_policy,
        pairs.to_policy,
        differences.subscription_id,
        differences.price_id,
        differences.currency,
        differences.currency_exponent,
        differences.month_on,
        differences.reason,
        -differences.difference_minor as difference_minor,
    from differences
    inner join pairs on differences.policy = pairs.from_policy

),

lines as (

    select
        from_policy,
        to_policy,
        subscription_id,
        price_id,
        currency,
        currency_exponent,
        month_on,
        reason,
        sum(difference_minor) as difference_minor,
    from signed
    group by from_policy, to_policy, subscription_id, price_id, currency, currency_exponent, month_on, reason
    having sum(difference_minor) != 0

),

summed as (

    select
        from_policy,
        to_policy,
        currency,
        currency_exponent,
        month_on,
        reason,
        sum(difference_minor) as difference_minor,
        count(*) as n_lines,
    from lines
    group by from_policy, to_policy, currency, currency_exponent, month_on, reason

),

final as (

    select
        summed.month_on,
        summed.currency,
        summed.from_policy,
        summed.to_policy,
        summed.reason,
        cast(reasons.item_order as integer) as reason_order,
        reasons.meaning as reason_sentence,
        {{ convert_to_major_units('summed.difference_minor', 'summed.currency_exponent') }} as difference_amount,
        summed.n_lines,
        {{ convert_to_major_units('coalesce(from_totals.mrr_minor, 0)', 'summed.currency_exponent') }}
            as from_mrr_amount,
        {{ convert_to_major_units('coalesce(to_totals.mrr_minor, 0)', 'summed.currency_exponent') }} as to_mrr_amount,
    from summed
    left join reasons on summed.reason = reasons.item
    left join totals as from_totals
        on
            summed.from_policy = from_totals.policy
            and summed.currency = from_totals.currency
            and summed.month_on = from_totals.month_on
    left join totals as to_totals
        on
            summed.to_policy = to_totals.policy
            and summed.currency = to_totals.currency
            and summed.month_on = to_totals.month_on

)

select * from final
