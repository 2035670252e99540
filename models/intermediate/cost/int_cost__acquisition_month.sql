-- One row per complete month: what marketing and sales cost in reporting-currency cents and how many customers started.
with ad_spend as (

    select * from {{ ref('stg_marketing__ad_spend_daily') }}

),

gtm_costs as (

    select * from {{ ref('stg_marketing__gtm_cost_monthly') }}

),

months as (

    select * from {{ ref('dim_month') }}

),

fx_rates as (

    select * from {{ ref('int_revenue__fx_rate_month') }}

),

customers as (

    select * from {{ ref('int_lifecycle__customer') }}

),

reporting as (

    select exponent from {{ ref('int_revenue__currency') }}
    where is_reporting_currency

),

costs as (

    select
        {{ month_start('spend_on') }} as month_on,
        coalesce(currency, '{{ var("reporting_currency") }}') as currency,
        false as is_people_cost,
        cast(sum(spend) as decimal(18, 2)) as amount,
    from ad_spend
    where spend_on <= {{ as_of_date() }}
    group by {{ month_start('spend_on') }}, coalesce(currency, '{{ var("reporting_currency") }}')

    union all

    select
        {{ month_start('cost_month_on') }} as month_on,
        currency,
        true as is_people_cost,
        cast(sum(amount) as decimal(18, 2)) as amount,
    from gtm_costs
    where cost_type in ('marketing', 'sales') and cost_month_on <= {{ as_of_date() }}
    group by {{ month_start('cost_month_on') }}, currency

),

cost_months as (

    select
        costs.month_on,
        -- a cost without a rate leaves the month unknown, and so do advertising bills without what people cost
        cast(
            case when count(*) = count(fx_rates.rate_to_reporting) and bool_or(costs.is_people_cost) then sum(
                cast(
                    round(
                        {{ convert_amount('costs.amount', 'fx_rates.rate_to_reporting') }}
                        * cast(power(10, reporting.exponent) as integer), 0
                    ) as bigint
                )
            ) end as bigint
        ) as acquisition_cost_cents,
    from costs
    cross join reporting
    left join fx_rates on costs.currency = fx_rates.currency and costs.month_on = fx_rates.month_on
    group by costs.month_on

),

started as (

    select
        start_month_on as month_on,
        count(*) as new_customers,
    from customers
    group by start_month_on

),

final as (

    select
        months.month_on,
        cost_months.acquisition_cost_cents,
        coalesce(started.new_customers, 0) as new_customers,
    from months
    left join cost_months on months.month_on = cost_months.month_on
    left join started on months.month_on = started.month_on

)

select * from final
