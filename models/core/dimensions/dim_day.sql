-- One row per day of the months in dim_month. The metric dictionary must have a spine of days; its metrics count months.
with months as (

    select * from {{ ref('dim_month') }}

),

days_of_month as (

    select cast(range as integer) as day_offset
    from range(0, 31)

),

final as (

    select
        months.month_on + days_of_month.day_offset as day_on,
        months.month_on,
    from months
    inner join days_of_month on months.month_on + days_of_month.day_offset < months.next_month_on

)

select * from final
