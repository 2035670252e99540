-- One row per scored origin and customer that ever paid: the segment it would have counted in then. That of the won deal
-- that brought it in; in a company without any deal the only segment there is; else `unassigned`.
with customers as (

    select * from {{ ref('int_lifecycle__customer') }}

),

origins as (

    select * from {{ ref('int_lifecycle__backtest_origin') }}
    where is_scored

),

deal_segments as (

    select * from {{ ref('int_lifecycle__backtest_segment') }}

),

rules as (

    select * from {{ ref('stg_predictions__segment_rule') }}

),

-- without deals nothing was learned, so the rules are one that always holds
only_segment as (

    select min(segment_id) as segment_id
    from rules
    where not exists (select 1 from deal_segments)

),

final as (

    select
        origins.origin_on,
        customers.customer_id,
        coalesce(deal_segments.segment_id, only_segment.segment_id, 'unassigned') as segment_id,
    from origins
    cross join customers
    cross join only_segment
    left join deal_segments
        on origins.origin_on = deal_segments.origin_on and customers.opportunity_id = deal_segments.opportunity_id

)

select * from final
