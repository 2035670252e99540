-- One row per CRM campaign with a stated actual cost and complete month it ran in: the days' share of that cost. It counts
-- only where no other source can hold it already: no advertising and no cost line names the campaign, and no marketing
-- line of the month is without a campaign, since such a line may hold anything.
with campaigns as (

    select * from {{ ref('stg_salesforce__campaign') }}
    where not is_deleted and actual_cost is not null and actual_cost != 0 and start_on <= {{ as_of_date() }}

),

ad_spend as (

    select distinct campaign_id from {{ ref('int_cost__ad_spend_month') }}
    where campaign_id is not null

),

gtm_lines as (

    select * from {{ ref('int_cost__gtm_line') }}

),

months as (

    select * from {{ ref('dim_month') }}

),

fx_rates as (

    select * from {{ ref('int_revenue__fx_rate_month') }}

),

reporting as (

    select exponent from {{ ref('int_revenue__currency') }}
    where is_reporting_currency

),

named_campaigns as (

    select distinct campaign_id from gtm_lines
    where campaign_id is not null

),

months_with_general_lines as (

    select distinct month_on from gtm_lines
    where cost_type = 'marketing' and campaign_id is null

),

-- the cost of a campaign that still runs is what it has cost so far
campaign_days as (

    select
        campaign_id,
        coalesce(currency, '{{ var("reporting_currency") }}') as currency,
        start_on,
        greatest(least(coalesce(end_on, start_on), {{ as_of_date() }}), start_on) + 1 as until_on,
        cast(actual_cost * 10000 as bigint) as actual_cost_e4,
    from campaigns

),

campaign_months as (

    select
        campaign_days.campaign_id,
        months.month_on,
        months.calendar_quarter,
        campaign_days.currency,
        {{ allocate_cumulative(
            'campaign_days.actual_cost_e4',
            "greatest(date_diff('day', campaign_days.start_on, months.month_on), 0)",
            "date_diff('day', campaign_days.start_on, least(months.next_month_on, campaign_days.until_on))",
            "date_diff('day', campaign_days.start_on, campaign_days.until_on)"
        ) }} as share_e4,
    from campaign_days
    inner join months
        on campaign_days.start_on < months.next_month_on and campaign_days.until_on > months.month_on

),

final as (

    select
        campaign_months.campaign_id,
        campaign_months.month_on,
        campaign_months.calendar_quarter,
        campaign_months.currency,
        cast(campaign_months.share_e4 * 0.0001 as decimal(18, 4)) as amount,
        case
            when ad_spend.campaign_id is not null then 'in advertising'
            when named_campaigns.campaign_id is not null then 'in its cost lines'
            when months_with_general_lines.month_on is not null then 'may be in general lines'
            else 'counted'
        end as cost_fate,
        {{ convert_to_minor_units(
            'campaign_months.share_e4 * 0.0001', 'fx_rates.rate_to_reporting', 'reporting.exponent'
        ) }} as cost_cents,
    from campaign_months
    cross join reporting
    left join ad_spend on campaign_months.campaign_id = ad_spend.campaign_id
    left join named_campaigns on campaign_months.campaign_id = named_campaigns.campaign_id
    left join months_with_general_lines on campaign_months.month_on = months_with_general_lines.month_on
    left join fx_rates
        on campaign_months.currency = fx_rates.currency and campaign_months.month_on = fx_rates.month_on

)

select * from final
