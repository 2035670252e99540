-- One row per customer that was not there before the data and whose months of age 0 to 12 are complete: what the first twelve
-- brought, and whether it stayed to the end of age 12 and grew on the way.
with late_entries as (

    -- what is seen first of them is not their first year
    select customer_id from {{ ref('int_lifecycle__entry') }}
    where is_late_entry

),

customers as (

    select * from {{ ref('int_lifecycle__customer') }}
    -- a yearly contract that is not renewed is gone at age 12, so that month must be complete
    where
        {{ add_months('start_month_on', 12) }} <= {{ last_complete_month() }}
        and customer_id not in (select customer_id from late_entries)

),

customer_months as (

    select * from {{ ref('fct_customer_month') }}

),

-- money is that of the first twelve months, ages 0 to 11
money as (

    select
        customer_id,
        cast(max(case when age_month = 0 then mrr_cents end) * 12 as bigint) as starting_arr_cents,
        cast(sum(revenue_cents) as bigint) as revenue_cents,
        cast(sum(margin_revenue_cents) as hugeint) as margin_revenue_cents,
        cast(sum(gross_margin_cents) as hugeint) as gross_margin_cents,
        cast(
            case when count(*) = count(support_cost_cents) then sum(support_cost_cents) end as bigint
        ) as support_cost_cents,
    from customer_months
    where age_month between 0 and 11
    group by customer_id

),

-- staying and growing is told at the ends of months 1 to 12
behaviour as (

    select
        customer_id,
        not bool_and(is_active) as has_churned,
        coalesce(bool_or(is_active and mrr_change_cents * 100 > mrr_cents - mrr_change_cents), false) as has_expanded,
        bool_or(is_active and age_month = 12) as is_active_at_12,
        -- a change is valued at one rate, so that a moving rate is neither growth nor loss
        case when count(*) = count(mrr_change_cents) then sum(mrr_change_cents) * 12 end as arr_change_cents,
    from customer_months
    where age_month between 1 and 12
    group by customer_id

),

value_times as (

    select
        customer_id,
        case
            when {{ days_between('started_on', 'reached_on') }} < 180 then true
            -- not yet by then, for certain: later, never since it left, or watched for the 26 weeks that cover those days
            when value_status in ('reached', 'left') or (value_status = 'waiting' and end_week >= 26) then false
        end as has_reached_value_180d,
    from {{ ref('int_lifecycle__value_status') }}

),

final as (

    select
        customers.customer_id,
        customers.opportunity_id,
        {{ add_months('customers.start_month_on', 13) }} as mature_on,
        money.starting_arr_cents,
        cast(
            case
                when not behaviour.is_active_at_12 then 0
                -- a rate that fell may leave a shrunk customer below nothing
                when behaviour.arr_change_cents is not null and money.starting_arr_cents is not null
                    then greatest(money.starting_arr_cents + behaviour.arr_change_cents, 0)
            end as bigint
        ) as ending_arr_cents,
        money.revenue_cents,
        {{ extend_gross_margin('money') }} as gross_margin_cents,
        money.support_cost_cents,
        behaviour.has_churned,
        behaviour.has_expanded,
        value_times.has_reached_value_180d,
    from customers
    inner join money on customers.customer_id = money.customer_id
    inner join behaviour on customers.customer_id = behaviour.customer_id
    left join value_times on customers.customer_id = value_times.customer_id

)

select * from final
