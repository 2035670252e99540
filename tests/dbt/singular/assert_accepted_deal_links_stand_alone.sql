-- A failing row is a subscription that two deals claim to have started, or a deal that an inferred rule links to two
-- subscriptions: one customer's outcome would be read with another deal's signals. Statements may link one deal to
-- several subscriptions and are not looked at from that side.
with links as (

    select * from {{ ref('int_opportunity__subscription_link') }}

),

started_twice as (

    select
        'subscription' as doubled,
        subscription_id as doubled_id,
        count(*) as n_links,
    from links
    where link_role = 'start'
    group by subscription_id
    having count(*) > 1

),

inferred_twice as (

    select
        'opportunity' as doubled,
        opportunity_id as doubled_id,
        count(*) as n_links,
    from links
    group by opportunity_id
    having count(*) > 1 and not bool_and(is_explicit)

)

select * from started_twice
union all
select * from inferred_twice
