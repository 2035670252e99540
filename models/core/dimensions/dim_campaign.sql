-- One row per CRM campaign, deleted ones among them: what it is and what it was meant to cost and bring, in reporting-currency
-- cents at the newest rate. Campaigns have no history, so plans are those of today.
with campaigns as (

    select * from {{ ref('stg_salesforce__campaign') }}

),

rates as (

    select * from {{ ref('int_revenue__fx_rate_as_of') }}

),

reporting as (

    select exponent from {{ ref('int_revenue__currency') }}
    where is_reporting_currency

),

final as (

    select
        campaigns.campaign_id,
        coalesce(nullif(trim(campaigns.campaign_name), ''), campaigns.campaign_id) as campaign_name,
        campaigns.campaign_type,
        campaigns.start_on,
        campaigns.end_on,
        campaigns.is_deleted,
        campaigns.end_on < {{ as_of_date() }} as is_over,
        {%- for column in ['budgeted_cost', 'actual_cost', 'expected_revenue'] %}
            {{ convert_to_minor_units('campaigns.' ~ column, 'rates.rate_to_reporting', 'reporting.exponent') }}
                as {{ column }}_cents,
        {%- endfor %}
    from campaigns
    cross join reporting
    left join rates on coalesce(campaigns.currency, '{{ var("reporting_currency") }}') = rates.currency

)

select * from final
