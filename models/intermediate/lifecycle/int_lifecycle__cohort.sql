-- One row per customer that ever had MRR: the cohort it is counted in, its start month or `before_data`.
with customers as (

    select * from {{ ref('int_lifecycle__customer') }}

),

entries as (

    select * from {{ ref('int_lifecycle__entry') }}

),

segments as (

    select * from {{ ref('int_lifecycle__customer_segment') }}

),

final as (

    select
        customers.customer_id,
        segments.segment_id,
        customers.start_month_on,
        entries.entry_month_on,
        entries.is_late_entry,
        case
            when entries.is_late_entry then 'before_data' else substr(cast(customers.start_month_on as varchar), 1, 7)
        end as cohort,
        case when not entries.is_late_entry then customers.start_month_on end as cohort_month_on,
    from customers
    inner join entries on customers.customer_id = entries.customer_id
    inner join segments on customers.customer_id = segments.customer_id

)

select * from final
