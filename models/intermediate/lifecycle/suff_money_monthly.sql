-- One row per segment, age month and customer bucket: integer sums of money of active customers in reporting-currency
-- cents. Sums of unknown amounts leave out both the amount and its base, so that ratios stay right.
with customer_months as (

    select * from {{ ref('fct_customer_month') }}
    where is_active and has_fx_rate

),

customers as (

    select * from {{ ref('int_lifecycle__customer') }}

),

segments as (

    select * from {{ ref('int_lifecycle__customer_segment') }}

),

final as (

    select
        segments.segment_id,
        customer_months.age_month,
        customers.bucket,
        count(*) as n_customer_months,
        cast(sum(customer_months.mrr_cents * 12) as bigint) as sum_arr_cents,
        cast(sum(customer_months.revenue_cents) as bigint) as sum_revenue_cents,
        {{ sum_known_money('customer_months') }},
    from customer_months
    inner join customers on customer_months.customer_id = customers.customer_id
    inner join segments on customer_months.customer_id = segments.customer_id
    group by 1, 2, 3

)

select * from final
