-- One row: how many deals were won and how many lost or stalled, with or without recorded history. Deals opened in the last
-- half year are left out, because only their fast endings are in.
with states as (

    select * from {{ ref('int_opportunity__state') }}
    where {{ days_between('created_at', as_of_date()) }} >= 180

),

outcomes as (

    select * from {{ ref('int_opportunity__outcome') }}

),

final as (

    select
        count(*) filter (where outcomes.outcome = 'won') as n_won,
        count(*) filter (where outcomes.outcome in ('lost', 'stalled')) as n_lost,
    from states
    inner join outcomes on states.opportunity_id = outcomes.opportunity_id

)

select * from final
