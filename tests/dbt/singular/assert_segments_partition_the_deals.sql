-- A failing row is an opportunity that the segment rules of this build put into no segment or into several: its value
-- would be lost or counted twice. Without any rule, as for a company without billing, nobody has a segment and nothing
-- fails. Does not claim that the segments differ from each other.
with features as (

    select opportunity_id from {{ ref('int_opportunity__segment_feature') }}

),

segments as (

    select
        opportunity_id,
        count(*) as n_segments,
    from {{ ref('int_opportunity__segment') }}
    group by opportunity_id

)

select
    features.opportunity_id,
    coalesce(segments.n_segments, 0) as n_segments,
from features
left join segments on features.opportunity_id = segments.opportunity_id
where
    coalesce(segments.n_segments, 0) != 1
    and exists (select 1 from {{ ref('stg_predictions__segment_rule') }})
