-- One row per customer of int_lifecycle__value_status, with the segment it is in. Apart from it, because segments are learned
-- from whether customers reached value.
with statuses as (

    select * from {{ ref('int_lifecycle__value_status') }}

),

segments as (

    select * from {{ ref('int_lifecycle__customer_segment') }}

),

final as (

    select
        statuses.customer_id,
        statuses.opportunity_id,
        segments.segment_id,
        statuses.bucket,
        statuses.started_on,
        statuses.left_on,
        statuses.reached_on,
        statuses.value_status,
        statuses.first_week,
        statuses.end_week,
    from statuses
    inner join segments on statuses.customer_id = segments.customer_id

)

select * from final
