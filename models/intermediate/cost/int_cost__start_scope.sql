-- One row per customer and cost scope it belongs to: its campaigns, the seller of its deal, its segment, the channel of its
-- deal, and everybody. Costs of a scope and quarter are shared over the customers of the scope that started in the quarter,
-- in proportion to `share_e4`.
with customers as (

    select * from {{ ref('int_lifecycle__customer') }}

),

segments as (

    select * from {{ ref('int_lifecycle__customer_segment') }}

),

deals as (

    select * from {{ ref('int_opportunity__state') }}

),

credits as (

    select * from {{ ref('int_cost__campaign_credit') }}
    where is_chosen

),

months as (

    select * from {{ ref('dim_month') }}

),

starts as (

    select
        customers.customer_id,
        months.calendar_quarter,
        segments.segment_id,
        deals.owner_user_id,
        -- the present row of a deal that has changed since does not speak for the as-of day
        case when deals.is_row_current then lower(trim(deals.lead_source)) end as channel,
    from customers
    inner join months on customers.start_month_on = months.month_on
    inner join segments on customers.customer_id = segments.customer_id
    left join deals on customers.opportunity_id = deals.opportunity_id

),

final as (

    select
        'campaign' as scope_kind,
        credits.campaign_id as scope_key,
        starts.customer_id,
        starts.calendar_quarter,
        credits.credit_e4 as share_e4,
    from starts
    inner join credits on starts.customer_id = credits.customer_id

    union all

    select
        'owner' as scope_kind,
        owner_user_id as scope_key,
        customer_id,
        calendar_quarter,
        10000 as share_e4,
    from starts
    where owner_user_id is not null

    union all

    select
        'segment' as scope_kind,
        segment_id as scope_key,
        customer_id,
        calendar_quarter,
        10000 as share_e4,
    from starts

    union all

    select
        'channel' as scope_kind,
        channel as scope_key,
        customer_id,
        calendar_quarter,
        10000 as share_e4,
    from starts
    where channel is not null

    union all

    select
        'all' as scope_kind,
        'all' as scope_key,
        customer_id,
        calendar_quarter,
        10000 as share_e4,
    from starts

)

select * from final
