-- One row per cost of winning customers in a complete month, each counted once: advertising by campaign, stated marketing
-- and sales lines, campaigns whose cost nothing else holds, and assumed selling time where no sales cost is stated. Says
-- whose wins it is for: the narrowest of campaign, seller, segment and channel that the cost names, else everybody's.
with ad_spend as (

    select * from {{ ref('int_cost__ad_spend_month') }}

),

gtm_lines as (

    select * from {{ ref('int_cost__gtm_line') }}
    where cost_type in ('marketing', 'sales')

),

campaign_costs as (

    select * from {{ ref('int_cost__campaign_cost_month') }}
    where cost_fate = 'counted'

),

seller_time as (

    select * from {{ ref('int_cost__seller_time_month') }}

),

campaigns as (

    select * from {{ ref('stg_salesforce__campaign') }}

),

sellers as (

    select user_id from {{ ref('dim_seller') }}

),

segments as (

    select segment_id from {{ ref('dim_segment') }}

),

-- a channel is one when deals say that they came from it
channels as (

    select distinct lower(trim(lead_source)) as channel from {{ ref('int_opportunity__state') }}
    where is_row_current and lead_source is not null

),

items as (

    select
        'ad_spend:' || ad_spend_id as cost_item_id,
        'ad_spend' as item_type,
        'marketing' as pool,
        month_on,
        calendar_quarter,
        coalesce(campaign_id, 'unmatched') as campaign_id,
        cast(null as varchar) as channel,
        cast(null as varchar) as owner_user_id,
        cast(null as varchar) as segment_key,
        currency,
        cost_cents,
    from ad_spend

    union all

    select
        'gtm_line:' || cost_line_id as cost_item_id,
        'gtm_line' as item_type,
        cost_type as pool,
        month_on,
        calendar_quarter,
        campaign_id,
        channel,
        owner_user_id,
        segment_key,
        currency,
        cost_cents,
    from gtm_lines

    union all

    select
        'campaign:' || campaign_id || ':' || month_on as cost_item_id,
        'campaign_cost' as item_type,
        'marketing' as pool,
        month_on,
        calendar_quarter,
        campaign_id,
        cast(null as varchar) as channel,
        cast(null as varchar) as owner_user_id,
        cast(null as varchar) as segment_key,
        currency,
        cost_cents,
    from campaign_costs

    union all

    select
        'seller_time:' || coalesce(owner_user_id, 'nobody') || ':' || month_on as cost_item_id,
        'seller_time' as item_type,
        'sales' as pool,
        month_on,
        calendar_quarter,
        cast(null as varchar) as campaign_id,
        cast(null as varchar) as channel,
        owner_user_id,
        cast(null as varchar) as segment_key,
        '{{ var("reporting_currency") }}' as currency,
        cost_cents,
    from seller_time

),

final as (

    select
        items.cost_item_id,
        items.item_type,
        items.pool,
        items.month_on,
        items.calendar_quarter,
        nullif(items.campaign_id, 'unmatched') as campaign_id,
        items.channel,
        items.owner_user_id,
        items.segment_key,
        items.currency,
        items.cost_cents,
        items.item_type = 'gtm_line' as is_stated_by_people,
        items.item_type = 'seller_time' as is_assumed,
        case
            when items.campaign_id is not null then 'campaign'
            when items.owner_user_id is not null then 'owner'
            when items.segment_key is not null then 'segment'
            when channels.channel is not null then 'channel'
            else 'all'
        end as scope_kind,
        case scope_kind
            when 'campaign' then items.campaign_id
            when 'owner' then items.owner_user_id
            when 'segment' then items.segment_key
            when 'channel' then channels.channel
            else 'all'
        end as scope_key,
        case
            when items.cost_cents is null then 'no_rate'
            when scope_kind = 'campaign' and campaigns.is_deleted then 'campaign_deleted'
            when scope_kind = 'campaign' and campaigns.campaign_id is null then 'campaign_not_found'
            when scope_kind = 'owner' and sellers.user_id is null then 'owner_not_found'
            when scope_kind = 'segment' and segments.segment_id is null and items.segment_key != 'unassigned'
                then 'segment_not_found'
        end as scope_problem,
    from items
    left join campaigns on items.campaign_id = campaigns.campaign_id
    left join sellers on items.owner_user_id = sellers.user_id
    left join segments on items.segment_key = segments.segment_id
    left join channels on lower(items.channel) = channels.channel

)

select * from final
