-- One row per scored origin, segment of that day, age month (36 holds all older ones) and customer bucket: the sums of
-- suff_money_monthly over the months before the origin.
with customer_months as (

    select * from {{ ref('fct_customer_month') }}
    where is_active and has_fx_rate

),

customers as (

    select * from {{ ref('int_lifecycle__customer') }}

),

segments as (

    select * from {{ ref('int_lifecycle__backtest_customer_segment') }}

),

final as (

    select
        segments.origin_on,
        segments.segment_id,
        least(customer_months.age_month, 36) as age_month,
        customers.bucket,
        count(*) as n_customer_months,
        cast(sum(customer_months.mrr_cents * 12) as bigint) as sum_arr_cents,
        cast(sum(customer_months.revenue_cents) as bigint) as sum_revenue_cents,
        {{ sum_known_money('customer_months') }},
    from customer_months
    inner join customers on customer_months.customer_id = customers.customer_id
    inner join segments
        on customer_months.customer_id = segments.customer_id and customer_months.month_on < segments.origin_on
    group by 1, 2, 3, 4

)

select * from final
