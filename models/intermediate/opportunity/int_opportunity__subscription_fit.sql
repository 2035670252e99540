-- One row per won deal and subscription that at least one rule would link: the best such rule and how well the two fit.
-- Whether the link is accepted is decided in int_opportunity__subscription_candidate.
with pairs as (

    select * from {{ ref('int_opportunity__subscription_pair') }}

),

amounts as (

    select * from {{ ref('int_opportunity__subscription_amount') }}

),

rules as (

    select * from {{ ref('deal_link_rule') }}

),

fitted as (

    select
        pairs.opportunity_id,
        pairs.subscription_id,
        pairs.deal_type,
        pairs.customer_id,
        pairs.is_same_account,
        pairs.days_to_start,
        rules.link_method,
        rules.rule_order,
        rules.match_confidence,
        rules.is_explicit,
        rules.tie_days,
        coalesce(rules.is_amount_required, false) as is_amount_required,
        -- a deal that started the subscription has it to itself; renewals and expansions of one may be many
        case
            when pairs.deal_type = 'new_business' then 'start'
            when pairs.deal_type = 'expansion' and rules.evidence in ('start', 'named_by_subscription') then 'start'
            else pairs.deal_type
        end as link_role,
        case rules.evidence
            when 'running' then 0
            when 'rise' then abs(pairs.days_to_rise)
            else abs(pairs.days_to_start)
        end as distance_days,
        case when rules.evidence = 'running' then amounts.close_gap_millionths else amounts.start_gap_millionths end
        <= rules.amount_tolerance_pct * 10000 as is_amount_agreed,
    from pairs
    inner join amounts
        on pairs.opportunity_id = amounts.opportunity_id and pairs.subscription_id = amounts.subscription_id
    inner join rules
        on
            rules.deal_type in ('any', pairs.deal_type)
            and case rules.evidence
                when 'named_by_subscription' then pairs.is_named_by_subscription
                when 'named_by_deal' then pairs.is_named_by_deal
                when 'same_quote' then pairs.has_same_quote
                when 'start'
                    then pairs.is_same_account and pairs.days_to_start between rules.days_from and rules.days_until
                when 'rise'
                    then pairs.is_same_account and pairs.days_to_rise between rules.days_from and rules.days_until
                when 'running'
                    then
                        pairs.is_same_account
                        and -pairs.days_to_start >= rules.days_from
                        and -coalesce(pairs.days_to_end, 0) <= rules.days_until
            end

),

best_per_pair as (

    select
        *,
        row_number() over (partition by opportunity_id, subscription_id order by rule_order) as rule_rank,
        count(*) over (partition by opportunity_id, subscription_id) as n_rules,
    from fitted
    where not is_amount_required or is_amount_agreed

),

final as (

    select
        opportunity_id,
        subscription_id,
        deal_type,
        customer_id,
        link_method,
        rule_order,
        link_role,
        match_confidence,
        is_explicit,
        n_rules,
        is_same_account,
        is_amount_agreed,
        days_to_start,
        distance_days,
        tie_days,
    from best_per_pair
    where rule_rank = 1

)

select * from final
