-- One row per segment, channel, campaign, month, kind of cost and what the cost names: cost of winning customers. What reaches a
-- customer counts where the customer does, in parts of its campaigns; a cost that names a campaign stays with that campaign. What
-- reaches nobody counts where it says, or in the channel that most customers of its campaign came from, else as `unallocated`.
with costs as (

    select * from {{ ref('fct_acquisition_cost') }}

),

starts as (

    select * from {{ ref('fct_acquisition_start') }}

),

cost_months as (

    select * from {{ ref('int_cost__acquisition_month') }}

),

customers as (

    select distinct
        customer_id,
        segment_id,
        channel,
    from starts

),

segments as (

    select segment_id from {{ ref('dim_segment') }}

),

campaigns as (

    select campaign_id from {{ ref('dim_campaign') }}

),

-- the channel that most of a campaign's customers came from, for cost of quarters in which it brought none
campaign_credits as (

    select
        campaign_id,
        channel,
        sum(credit_e4) as credit_e4,
        sum(sum(credit_e4)) over (partition by campaign_id) as campaign_credit_e4,
    from starts
    group by campaign_id, channel

),

campaign_channels as (

    select
        campaign_id,
        channel,
    from campaign_credits
    where credit_e4 * 2 > campaign_credit_e4

),

shared as (

    select
        customer_id,
        month_on,
        item_type,
        pool,
        basis,
        case when basis = 'campaign' then campaign_id end as campaign_id,
        cast(sum(cost_cents) as bigint) as cost_cents,
    from costs
    where customer_id is not null
    group by customer_id, month_on, item_type, pool, basis, case when basis = 'campaign' then campaign_id end

),

placed as (

    select
        customers.segment_id,
        customers.channel,
        shared.campaign_id,
        shared.month_on,
        shared.item_type,
        shared.pool,
        shared.basis,
        true as is_allocated,
        0 as n_without_rate,
        shared.cost_cents,
    from shared
    inner join customers on shared.customer_id = customers.customer_id
    where shared.basis = 'campaign'

    union all

    select
        starts.segment_id,
        starts.channel,
        starts.campaign_id,
        shared.month_on,
        shared.item_type,
        shared.pool,
        shared.basis,
        true as is_allocated,
        0 as n_without_rate,
        {{ allocate_cumulative(
            'shared.cost_cents', 'starts.credit_before_e4', 'starts.credit_before_e4 + starts.credit_e4', '10000'
        ) }} as cost_cents,
    from shared
    inner join starts on shared.customer_id = starts.customer_id
    where shared.basis != 'campaign'

    union all

    select
        case when costs.basis = 'segment' then coalesce(segments.segment_id, 'unassigned') else 'unassigned' end as segment_id,
        case
            when costs.basis = 'channel' then {{ name_channel('lower(trim(costs.channel))') }}
            else coalesce(campaign_channels.channel, 'unallocated')
        end as channel,
        campaigns.campaign_id,
        costs.month_on,
        costs.item_type,
        costs.pool,
        costs.basis,
        false as is_allocated,
        case when costs.cost_cents is null then 1 else 0 end as n_without_rate,
        costs.cost_cents,
    from costs
    -- what a cost names counts only where there is such a thing
    left join segments on costs.segment_key = segments.segment_id
    left join campaigns on costs.basis = 'campaign' and costs.campaign_id = campaigns.campaign_id
    left join campaign_channels on campaigns.campaign_id = campaign_channels.campaign_id
    where costs.customer_id is null

),

final as (

    select
        placed.segment_id,
        placed.channel,
        coalesce(placed.campaign_id, 'unallocated') as campaign_id,
        placed.month_on,
        placed.item_type,
        placed.pool,
        placed.basis,
        placed.is_allocated,
        cost_months.acquisition_cost_cents is not null as is_cost_known,
        cast(sum(placed.n_without_rate) as bigint) as n_without_rate,
        cast(sum(placed.cost_cents) as bigint) as cost_cents,
    from placed
    inner join cost_months on placed.month_on = cost_months.month_on
    group by
        placed.segment_id, placed.channel, coalesce(placed.campaign_id, 'unallocated'), placed.month_on, placed.item_type,
        placed.pool, placed.basis, placed.is_allocated, cost_months.acquisition_cost_cents is not null

)

select * from final
