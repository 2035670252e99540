-- One row: how many deals were won and how many lost, with or without recorded history. Deals opened in the last half
-- year are left out, because only their fast endings are in.
with states as (

    select * from {{ ref('int_opportunity__state') }}
    where is_closed and {{ days_between('created_at', as_of_date()) }} >= 180

),

final as (

    select
        count(*) filter (where is_won) as n_won,
        count(*) filter (where not is_won) as n_lost,
    from states

)

select * from final
