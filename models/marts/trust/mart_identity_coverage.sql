-- One row per source system, match method and complete month: how many active records the method attached to an account
-- (or left unmatched or ambiguous), and how much revenue came with them.
with record_months as (

    select * from {{ ref('fct_identity_record_month') }}

),

methods as (

    select * from {{ ref('identity_method') }}

),

by_method as (

    select
        record_months.coverage_system as source_system,
        record_months.month_on,
        record_months.match_method,
        -- ambiguous and unmatched records come after every rule
        coalesce(methods.rule_order, case when record_months.match_method = 'ambiguous' then 98 else 99 end)
            as method_order,
        sum(record_months.records) as records,
        sum(record_months.revenue_cents) as revenue_cents,
        sum(record_months.mrr_cents) as mrr_cents,
    from record_months
    left join methods on record_months.match_method = methods.match_method
    group by record_months.coverage_system, record_months.month_on, record_months.match_method, methods.rule_order

),

running as (

    select
        *,
        sum(records) over (
            partition by source_system, month_on order by method_order, match_method
            rows between unbounded preceding and current row
        ) as records_until,
        sum(records) over (partition by source_system, month_on) as records_total,
        sum(coalesce(revenue_cents, 0)) over (
            partition by source_system, month_on order by method_order, match_method
            rows between unbounded preceding and current row
        ) as revenue_until,
        sum(revenue_cents) over (partition by source_system, month_on) as revenue_total,
    from by_method

),

-- Shares are millionths given out along the methods, so that those of a system and month sum to one exactly.
final as (

    select
        source_system,
        month_on,
        match_method,
        cast(records as bigint) as records,
        cast(
            {{ allocate_cumulative('1000000', 'records_until - records', 'records_until', 'records_total') }} * 0.000001
            as decimal(9, 6)
        ) as share_of_records,
        cast(revenue_cents as bigint) as revenue_cents,
        cast(
            case
                when revenue_total > 0
                    then {{ allocate_cumulative(
                        '1000000', 'revenue_until - coalesce(revenue_cents, 0)', 'revenue_until', 'revenue_total'
                    ) }} * 0.000001
            end as decimal(9, 6)
        ) as share_of_revenue,
        cast(mrr_cents as bigint) as mrr_cents,
        {{ as_of_date() }} as as_of_date,
    from running

)

select * from final
