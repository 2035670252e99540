-- One row per origin and customer that was there at the origin (cohort `existing`) or started in the three months from it
-- on (cohort `new`): what was known of it then, and from which month on its outcome is watched.
with origins as (

    select * from {{ ref('int_lifecycle__backtest_origin') }}

),

customers as (

    select * from {{ ref('int_lifecycle__customer') }}

),

exposure as (

    select * from {{ ref('int_lifecycle__exposure_month') }}

),

customer_months as (

    select * from {{ ref('fct_customer_month') }}

),

existing as (

    select
        origins.origin_on,
        exposure.customer_id,
        'existing' as cohort,
        exposure.age_month - 1 as age_month,
        exposure.arr_at_risk_cents as arr_cents,
        origins.origin_on as first_risk_on,
        origins.origin_on as first_money_on,
        origins.months_known,
    from origins
    inner join exposure on origins.origin_on = exposure.month_on

),

started as (

    select
        origins.origin_on,
        customers.customer_id,
        'new' as cohort,
        0 as age_month,
        coalesce(customer_months.mrr_cents, 0) * 12 as arr_cents,
        {{ add_months('customers.start_month_on', '1') }} as first_risk_on,
        customers.start_month_on as first_money_on,
        -- complete for the whole quarter, or the young of it would be missing
        origins.months_known - 3 as months_known,
    from origins
    inner join customers
        on
            origins.origin_on <= customers.start_month_on
            and {{ add_months('origins.origin_on', '3') }} > customers.start_month_on
    inner join customer_months
        on
            customers.customer_id = customer_months.customer_id
            and customers.start_month_on = customer_months.month_on

),

final as (

    select * from existing
    union all
    select * from started

)

select * from final
