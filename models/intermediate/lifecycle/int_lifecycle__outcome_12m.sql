-- One row per customer whose first twelve months are complete: what they brought per unit of starting ARR.
with customers as (

    select * from {{ ref('int_lifecycle__customer') }}
    where {{ add_months('start_month_on', 11) }} <= {{ last_complete_month() }}

),

customer_months as (

    select * from {{ ref('fct_customer_month') }}

),

final as (

    select
        customers.customer_id,
        customers.opportunity_id,
        cast(max(case when customer_months.age_month = 0 then customer_months.mrr_cents end) * 12 as bigint)
            as starting_arr_cents,
        cast(sum(customer_months.revenue_cents) as bigint) as revenue_cents,
        -- a margin known for most of the revenue stands for all of it; known for less, it is unknown
        case
            when sum(customer_months.margin_revenue_cents) * 5 >= sum(customer_months.revenue_cents) * 4
                then {{ round_ratio(
                    '(cast(sum(customer_months.gross_margin_cents) as hugeint) * sum(customer_months.revenue_cents))',
                    'nullif(sum(customer_months.margin_revenue_cents), 0)'
                ) }}
        end as gross_margin_cents,
        cast(
            case when count(*) = count(customer_months.support_cost_cents) then sum(customer_months.support_cost_cents) end
            as bigint
        ) as support_cost_cents,
        not bool_and(customer_months.is_active) as has_churned,
        coalesce(
            bool_or(
                customer_months.age_month >= 1
                and customer_months.is_active
                and customer_months.mrr_change_cents * 100
                > customer_months.mrr_cents - customer_months.mrr_change_cents
            ), false
        ) as has_expanded,
    from customers
    inner join customer_months on customers.customer_id = customer_months.customer_id
    where customer_months.age_month between 0 and 11
    group by customers.customer_id, customers.opportunity_id

)

select * from final
