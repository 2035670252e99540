-- A failing row is a complete month of a currency that cash and receivables translate at another rate than revenue.
{{ config(group="platform") }}
select
    cash.currency,
    cash.month_on,
    cash.rate_to_reporting as cash_rate,
    revenue.rate_to_reporting as revenue_rate,
from {{ ref('int_revenue__cash_rate_month') }} as cash
inner join {{ ref('int_revenue__fx_rate_month') }} as revenue
    on cash.currency = revenue.currency and cash.month_on = revenue.month_on
where cash.rate_to_reporting is distinct from revenue.rate_to_reporting
