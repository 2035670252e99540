-- One row per scored origin and opportunity: its segment by the version of the rules that was in force on that day, which
-- was learned from deals mature by then. `unassigned` where no version was in force yet.
with origins as (

    select * from {{ ref('int_lifecycle__backtest_origin') }}
    where is_scored

),

quarters as (

    select * from {{ ref('stg_predictions__segment_version') }}

),

segments as (

    select * from {{ ref('int_opportunity__segment_version') }}

),

deals as (

    select distinct opportunity_id
    from segments

),

in_force as (

    select
        origins.origin_on,
        -- a quarter start that lies after the origin has seen more than the origin may
        arg_max(quarters.segment_version, quarters.frozen_on) as segment_version,
    from origins
    left join quarters on origins.origin_on >= quarters.frozen_on
    group by origins.origin_on

),

final as (

    select
        in_force.origin_on,
        deals.opportunity_id,
        in_force.segment_version,
        coalesce(segments.segment_id, 'unassigned') as segment_id,
    from in_force
    cross join deals
    left join segments
        on in_force.segment_version = segments.segment_version and deals.opportunity_id = segments.opportunity_id

)

select * from final
