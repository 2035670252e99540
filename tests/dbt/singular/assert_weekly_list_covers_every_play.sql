-- A failing row is an open deal that has a play and is not on exactly one seller's list with the same play, or the
-- other way round. Says nothing about the order of the list.
with plays as (

    select
        opportunity_id,
        owner_user_id,
        play,
        suggested_hours,
    from {{ ref('mart_opportunity_play') }}

),

listed as (

    select
        opportunity_id,
        min(owner_user_id) as owner_user_id,
        min(play) as play,
        min(suggested_hours) as suggested_hours,
        count(*) as n_places,
    from {{ ref('mart_weekly_play_list') }}
    group by opportunity_id

)

select
    coalesce(plays.opportunity_id, listed.opportunity_id) as opportunity_id,
    plays.owner_user_id as owner_by_play,
    listed.owner_user_id as owner_by_list,
    plays.play,
    listed.play as listed_play,
    coalesce(listed.n_places, 0) as n_places,
from plays
full join listed on plays.opportunity_id = listed.opportunity_id
where
    coalesce(listed.n_places, 0) != 1
    or plays.owner_user_id is distinct from listed.owner_user_id
    or plays.play is distinct from listed.play
    or plays.suggested_hours is distinct from listed.suggested_hours
    -- every play and stage has hours in the policy
    or plays.suggested_hours is null
