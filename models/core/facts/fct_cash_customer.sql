-- One row per customer that was ever billed or contracted: when its deal closed, how many complete months ago, in which segment
-- it counts, and what it signed for its first term.
with customers as (

    select * from {{ ref('int_lifecycle__customer') }}

),

customer_segments as (

    select * from {{ ref('int_lifecycle__customer_segment') }}

),

deals as (

    select * from {{ ref('fct_opportunity') }}
    where is_won

),

customer_months as (

    select * from {{ ref('fct_customer_month') }}
    where age_month = 0

),

receivables as (

    select * from {{ ref('fct_receivable_movement') }}

),

reporting as (

    select exponent from {{ ref('int_revenue__currency') }}
    where is_reporting_currency

),

first_bills as (

    select
        customer_id,
        min(billed_on) as first_billed_on,
    from receivables
    where customer_id is not null
    group by customer_id

),

known as (

    select customer_id from customers
    union
    select customer_id from first_bills

),

dated as (

    select
        known.customer_id,
        coalesce(customer_segments.segment_id, 'unassigned') as segment_id,
        case
            when deals.close_on is not null then 'deal'
            when customers.started_on is not null then 'start'
            else 'first_bill'
        end as close_source,
        coalesce(deals.close_on, customers.started_on, first_bills.first_billed_on) as closed_on,
        -- a price without a known term was not sold for any particular time
        case when customers.term_months > 0 then customer_months.mrr_cents * customers.term_months end as booked_cents,
    from known
    left join customers on known.customer_id = customers.customer_id
    left join customer_segments on known.customer_id = customer_segments.customer_id
    left join deals on customers.opportunity_id = deals.opportunity_id
    left join customer_months on known.customer_id = customer_months.customer_id
    left join first_bills on known.customer_id = first_bills.customer_id

),

final as (

    select
        dated.customer_id,
        dated.segment_id,
        dated.close_source,
        dated.closed_on,
        {{ month_start('dated.closed_on') }} as close_month_on,
        -- the closing month is month 0; -1 when it is not over yet
        cast({{ months_between('dated.closed_on', last_complete_month()) }} as integer) as last_month_since_close,
        cast(dated.booked_cents as bigint) as booked_cents,
        reporting.exponent as reporting_exponent,
    from dated
    cross join reporting

)

select * from final
