-- One row per stated go-to-market cost line of a complete month, with its cost in reporting-currency cents. Lines below
-- zero are money that came back. A currency without a rate in the month leaves the cost unknown.
with cost_lines as (

    select * from {{ ref('stg_marketing__gtm_cost_monthly') }}

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

final as (

    select
        -- no line has a key of its own; what tells two lines apart does
        md5(concat_ws(
            '|', cost_lines.cost_month_on, cost_lines.cost_type, cost_lines.amount, cost_lines.currency,
            coalesce(cost_lines.channel, ''), coalesce(cost_lines.salesforce_campaign_id, ''),
            coalesce(cost_lines.segment_key, ''), coalesce(cost_lines.owner_user_id, ''),
            coalesce(cost_lines.note_hash, '')
        )) as cost_line_id,
        months.month_on,
        months.calendar_quarter,
        cost_lines.cost_type,
        nullif(trim(cost_lines.channel), '') as channel,
        nullif(trim(cost_lines.salesforce_campaign_id), '') as campaign_id,
        nullif(trim(cost_lines.segment_key), '') as segment_key,
        nullif(trim(cost_lines.owner_user_id), '') as owner_user_id,
        cost_lines.currency,
        cost_lines.amount,
        {{ convert_to_minor_units('cost_lines.amount', 'fx_rates.rate_to_reporting', 'reporting.exponent') }} as cost_cents,
    from cost_lines
    inner join months on cost_lines.cost_month_on = months.month_on
    cross join reporting
    left join fx_rates on cost_lines.currency = fx_rates.currency and months.month_on = fx_rates.month_on

)

select * from final
