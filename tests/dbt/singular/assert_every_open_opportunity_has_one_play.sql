-- A failing row is an open opportunity without a play, or with several: a seller would miss it or be told two things.
-- Says nothing about whether the play is the right one.
with opportunities as (

    select opportunity_id from {{ ref('fct_opportunity') }}
    where is_open

),

plays as (

    select
        opportunity_id,
        count(*) as n_plays,
        count(play) as n_known_plays,
    from {{ ref('mart_opportunity_play') }}
    group by opportunity_id

)

select
    coalesce(opportunities.opportunity_id, plays.opportunity_id) as opportunity_id,
    opportunities.opportunity_id is not null as is_open,
    coalesce(plays.n_plays, 0) as n_plays,
    coalesce(plays.n_known_plays, 0) as n_known_plays,
from opportunities
full join plays on opportunities.opportunity_id = plays.opportunity_id
where
    opportunities.opportunity_id is null
    or plays.n_plays is distinct from 1
    or plays.n_known_plays is distinct from 1
