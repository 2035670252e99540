-- One row per segment, age band, calendar quarter and customer bucket: the money of suff_money_monthly by the quarter in
-- which it happened. What a quarter did to everybody alike, such as a rise in support cost, shows here only.
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

months as (

    select * from {{ ref('dim_month') }}

),

final as (

    select
        segments.segment_id,
        {{ get_money_age_band('customer_months.age_month') }} as age_band,
        months.calendar_quarter,
        customers.bucket,
        {{ sum_known_money('customer_months') }},
    from customer_months
    inner join customers on customer_months.customer_id = customers.customer_id
    inner join segments on customer_months.customer_id = segments.customer_id
    inner join months on customer_months.month_on = months.month_on
    group by all

)

select * from final
