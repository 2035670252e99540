-- One row per won deal and subscription that have something in common, an account or a reference: everything a rule may
-- look at. Days count from the close of the deal; negative is before it.
with deals as (

    select * from {{ ref('int_opportunity__state') }}
    where is_won

),

-- What a deal carries of billing says who it belongs to, like a merge or a contact: today's counts for past dates too.
deal_refs as (

    select * from {{ ref('int_opportunity__present_row') }}

),

signals as (

    select * from {{ ref('int_opportunity__signal') }}

),

subscriptions as (

    select * from {{ ref('int_revenue__subscription') }}

),

quotes as (

    select * from {{ ref('int_opportunity__subscription_quote') }}

),

rises as (

    select * from {{ ref('int_opportunity__subscription_rise') }}

),

shared_signs as (

    select
        deals.opportunity_id,
        subscriptions.subscription_id,
        'account' as sign,
    from deals
    inner join subscriptions on deals.account_id = subscriptions.account_id
    union all
    select
        deals.opportunity_id,
        subscriptions.subscription_id,
        'named_by_subscription' as sign,
    from deals
    inner join subscriptions on deals.opportunity_id = subscriptions.opportunity_ref
    union all
    select
        deals.opportunity_id,
        subscriptions.subscription_id,
        'named_by_deal' as sign,
    from deals
    inner join deal_refs on deals.opportunity_id = deal_refs.opportunity_id
    inner join subscriptions on deal_refs.stripe_subscription_ref = subscriptions.subscription_id
    union all
    select
        deals.opportunity_id,
        quotes.subscription_id,
        'same_quote' as sign,
    from deals
    inner join deal_refs on deals.opportunity_id = deal_refs.opportunity_id
    inner join quotes on {{ normalise_salesforce_id('deal_refs.quote_ref') }} = quotes.quote_ref

),

pairs as (

    select
        opportunity_id,
        subscription_id,
        bool_or(sign = 'account') as is_same_account,
        bool_or(sign = 'named_by_subscription') as is_named_by_subscription,
        bool_or(sign = 'named_by_deal') as is_named_by_deal,
        bool_or(sign = 'same_quote') as has_same_quote,
    from shared_signs
    group by opportunity_id, subscription_id

),

nearest_rises as (

    select
        pairs.opportunity_id,
        pairs.subscription_id,
        arg_min(
            {{ days_between('deals.closed_at', 'rises.rise_on') }},
            -- of two rises as near, the one after the close
            2 * abs({{ days_between('deals.closed_at', 'rises.rise_on') }})
            + cast(rises.rise_on < cast(deals.closed_at as date) as integer)
        ) as days_to_rise,
    from pairs
    inner join deals on pairs.opportunity_id = deals.opportunity_id
    inner join rises on pairs.subscription_id = rises.subscription_id
    group by pairs.opportunity_id, pairs.subscription_id

),

final as (

    select
        pairs.opportunity_id,
        pairs.subscription_id,
        deals.deal_type,
        deals.account_id,
        subscriptions.customer_id,
        pairs.is_same_account,
        pairs.is_named_by_subscription,
        pairs.is_named_by_deal,
        pairs.has_same_quote,
        deals.closed_at,
        {{ days_between('deals.closed_at', 'subscriptions.started_at') }} as days_to_start,
        {{ days_between('deals.closed_at', 'subscriptions.ended_at') }} as days_to_end,
        nearest_rises.days_to_rise,
        deals.amount,
        deals.currency,
        coalesce(cast(subscriptions.term_months_ref as integer), cast(signals.contract_term_months as integer))
            as term_months,
    from pairs
    inner join deals on pairs.opportunity_id = deals.opportunity_id
    inner join subscriptions on pairs.subscription_id = subscriptions.subscription_id
    inner join signals on pairs.opportunity_id = signals.opportunity_id
    left join nearest_rises
        on
            pairs.opportunity_id = nearest_rises.opportunity_id
            and pairs.subscription_id = nearest_rises.subscription_id

)

select * from final
