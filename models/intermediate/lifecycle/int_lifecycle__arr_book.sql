-- One row per customer with a subscription at the end of the newest complete month: its ARR, and what tells how long such
-- customers stay. The largest of each segment are numbered, since one of them leaving is no matter of averages.
with customer_months as (

    select * from {{ ref('fct_customer_month') }}
    where month_on = {{ last_complete_month() }} and is_active

),

customers as (

    select * from {{ ref('int_lifecycle__customer') }}

),

segments as (

    select * from {{ ref('int_lifecycle__customer_segment') }}

),

placed as (

    select
        customer_months.customer_id,
        segments.segment_id,
        customers.term_type,
        customer_months.age_month,
        customer_months.month_on,
        -- an amount that nobody stated, or of a currency without a rate, is not zero
        case when not customer_months.is_mrr_unknown then customer_months.mrr_cents * 12 end as arr_cents,
    from customer_months
    inner join customers on customer_months.customer_id = customers.customer_id
    inner join segments on customer_months.customer_id = segments.customer_id

),

ranked as (

    select
        *,
        row_number() over (partition by segment_id order by arr_cents desc nulls last, customer_id asc) as size_rank,
    from placed

),

final as (

    select
        customer_id,
        segment_id,
        term_type,
        age_month,
        month_on,
        arr_cents,
        case when size_rank <= 100 and arr_cents > 0 then size_rank else 0 end as customer_rank,
    from ranked

)

select * from final
