-- One row per complete month: what marketing and sales cost in reporting-currency cents and how many customers started.
with items as (

    select * from {{ ref('int_cost__acquisition_item') }}

),

months as (

    select * from {{ ref('dim_month') }}

),

customers as (

    select * from {{ ref('int_lifecycle__customer') }}

),

cost_months as (

    select
        month_on,
        -- a cost without a rate leaves the month unknown, and so do advertising bills without what people cost
        cast(
            case when count(*) = count(cost_cents) and bool_or(is_stated_by_people) then sum(cost_cents) end as bigint
        ) as acquisition_cost_cents,
    from items
    group by month_on

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
