-- One row per complete month, advertising campaign and currency: what was spent, and the CRM campaign it belongs to. A
-- platform's campaign is a CRM campaign when it carries its id, else when exactly one CRM campaign bears its name.
with ad_spend as (

    select * from {{ ref('stg_marketing__ad_spend_daily') }}
    where spend_on <= {{ as_of_date() }}

),

campaigns as (

    select * from {{ ref('stg_salesforce__campaign') }}

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

campaign_names as (

    select
        lower(trim(campaign_name)) as campaign_name,
        min(campaign_id) as campaign_id,
    from campaigns
    where not is_deleted
    group by lower(trim(campaign_name))
    having count(*) = 1

),

monthly as (

    select
        months.month_on,
        months.calendar_quarter,
        ad_spend.platform,
        ad_spend.source_relation,
        ad_spend.ad_account_id,
        ad_spend.campaign_id as platform_campaign_id,
        max(lower(trim(ad_spend.campaign_name))) as platform_campaign_name,
        coalesce(ad_spend.currency, '{{ var("reporting_currency") }}') as currency,
        cast(sum(ad_spend.spend) as decimal(18, 4)) as amount,
    from ad_spend
    inner join months on ad_spend.spend_on between months.month_on and months.month_end_on
    group by
        months.month_on, months.calendar_quarter, ad_spend.platform, ad_spend.source_relation, ad_spend.ad_account_id,
        ad_spend.campaign_id, coalesce(ad_spend.currency, '{{ var("reporting_currency") }}')

),

final as (

    select
        md5(concat_ws(
            '|', monthly.month_on, monthly.platform, coalesce(monthly.source_relation, ''),
            coalesce(monthly.ad_account_id, ''), monthly.platform_campaign_id, monthly.currency
        )) as ad_spend_id,
        monthly.month_on,
        monthly.calendar_quarter,
        monthly.platform,
        monthly.platform_campaign_id,
        coalesce(campaigns.campaign_id, campaign_names.campaign_id) as campaign_id,
        monthly.currency,
        monthly.amount,
        {{ convert_to_minor_units('monthly.amount', 'fx_rates.rate_to_reporting', 'reporting.exponent') }} as cost_cents,
    from monthly
    cross join reporting
    left join campaigns on {{ normalise_salesforce_id('monthly.platform_campaign_id') }} = campaigns.campaign_id
    -- noqa: disable=ST11
    left join campaign_names on monthly.platform_campaign_name = campaign_names.campaign_name
    -- noqa: enable=ST11
    left join fx_rates on monthly.currency = fx_rates.currency and monthly.month_on = fx_rates.month_on

)

select * from final
