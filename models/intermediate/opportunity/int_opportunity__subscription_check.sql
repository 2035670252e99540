-- One row per check on the links between won deals and subscriptions, in the shape of fct_data_check.
with candidates as (

    select * from {{ ref('int_opportunity__subscription_candidate') }}

),

links as (

    select * from {{ ref('int_opportunity__subscription_link') }}

),

deals as (

    select * from {{ ref('int_opportunity__state') }}

),

subscriptions as (

    select * from {{ ref('int_revenue__subscription') }}

),

-- a deal that closed lately may still wait for its start
start_window as (

    select max(days_until) as days_until
    from {{ ref('deal_link_rule') }}
    where deal_type = 'new_business' and evidence = 'start'

),

both_sides as (

    select
        (select count(*) from deals) > 0 as has_deals,
        (select count(*) from subscriptions) > 0 as has_subscriptions,

),

linked_deals as (

    select distinct opportunity_id
    from links

),

contested_deals as (

    select distinct opportunity_id
    from candidates
    where reason = 'several_equally_good'

),

won_deals as (

    select
        deals.deal_type,
        {{ days_between('deals.closed_at', as_of_date()) }} > start_window.days_until as is_due,
        linked_deals.opportunity_id is not null as is_linked,
        contested_deals.opportunity_id is not null as is_contested,
    from deals
    cross join start_window
    inner join both_sides on both_sides.has_subscriptions
    left join linked_deals on deals.opportunity_id = linked_deals.opportunity_id
    left join contested_deals on deals.opportunity_id = contested_deals.opportunity_id
    where deals.is_won

),

started as (

    select
        subscriptions.opportunity_ref is not null as is_naming,
        deals.opportunity_id is not null as is_named_deal_won,
        links.subscription_id is not null as is_linked,
    from subscriptions
    inner join both_sides on both_sides.has_deals
    left join links on subscriptions.subscription_id = links.subscription_id and links.link_role = 'start'
    left join deals on subscriptions.opportunity_ref = deals.opportunity_id and deals.is_won

),

methods as (

    select
        link_method,
        rule_order,
        count(*) as n_links,
    from links
    group by link_method, rule_order

),

counts as (

    select
        'deals_without_subscription' as check_name,
        count(*) filter (where is_due and not is_linked) as n_rows,
        count(*) filter (where is_due) as n_all,
        'Won new-business deals without a subscription, of ' || count(*) filter (where is_due)
        || '; ' || count(*) filter (where not is_due and not is_linked) || ' more closed lately and may start yet' as detail,
    from won_deals
    where deal_type = 'new_business'

    union all

    select
        'subscriptions_without_deal' as check_name,
        count(*) filter (where not is_linked) as n_rows,
        count(*) as n_all,
        'Subscriptions that no won deal started, of ' || count(*) as detail,
    from started

    union all

    select
        'deal_links_ambiguous' as check_name,
        count(*) filter (where is_contested and not is_linked) as n_rows,
        count(*) as n_all,
        'Won deals with several equally good subscriptions, or one that several deals claim, of ' || count(*)
        || '; left without one' as detail,
    from won_deals

    union all

    select
        'deal_links_across_accounts' as check_name,
        count(*) filter (where not is_same_account and customer_id not like 'stripe:%') as n_rows,
        count(*) as n_all,
        'Links that one side states though the accounts differ, of ' || count(*) || '; kept' as detail,
    from links

    union all

    select
        'deal_references_unresolved' as check_name,
        count(*) filter (where is_naming and not is_named_deal_won) as n_rows,
        count(*) filter (where is_naming) as n_all,
        'Subscriptions that name a deal which is not known as won, of ' || count(*) filter (where is_naming) as detail,
    from started

    union all

    select
        'deal_links_by_method' as check_name,
        cast(coalesce(sum(n_links), 0) as bigint) as n_rows,
        cast(coalesce(sum(n_links), 0) as bigint) as n_all,
        coalesce(
            'Deals and subscriptions linked by '
            || string_agg(link_method || ' ' || n_links, ', ' order by rule_order),
            'No deal is linked to a subscription'
        ) as detail,
    from methods

),

final as (

    {{ grade_counts('counts', 'opportunities') }}

)

select * from final
