-- One row per customer and year of its life lived in full with known money, of at most 50,000 customers in the order of a hash:
-- what 1 of its ARR left in that year. From it comes how far single customers lie from the average of their segment, and
-- whether they stay there.
with customer_months as (

    select * from {{ ref('fct_customer_month') }}
    where is_active and has_fx_rate and mrr_cents > 0 and age_month < 60

),

segments as (

    select * from {{ ref('int_lifecycle__customer_segment') }}

),

coverage as (

    select coalesce(bool_or(support_cost_cents is not null), false) as has_support
    from customer_months

),

years as (

    select
        customer_months.customer_id,
        customer_months.age_month // 12 + 1 as year_of_life,
        sum(customer_months.gross_margin_cents) as gross_margin_cents,
        sum(customer_months.margin_arr_cents) as margin_arr_cents,
        sum(case when coverage.has_support then customer_months.support_cost_cents else 0 end) as support_cost_cents,
        sum(customer_months.mrr_cents) as mrr_cents,
    from customer_months
    cross join coverage
    group by customer_months.customer_id, customer_months.age_month // 12 + 1
    having
        count(*) = 12
        and count(customer_months.gross_margin_cents) = 12
        and count(customer_months.margin_arr_cents) = 12
        -- a company without a support desk is judged without it; where there is one, an unknown cost leaves the year out
        and count(case when coverage.has_support then customer_months.support_cost_cents else 0 end) = 12

),

numbered as (

    select
        *,
        dense_rank() over (order by md5(customer_id), customer_id) as sample_order,
    from years
    where margin_arr_cents > 0

),

final as (

    select
        numbered.customer_id,
        segments.segment_id,
        cast(numbered.year_of_life as integer) as year_of_life,
        round(
            -- margin a year per 1 of ARR, less support a year per 1 of ARR
            cast(numbered.gross_margin_cents as double) * 12 / numbered.margin_arr_cents
            - cast(numbered.support_cost_cents as double) / numbered.mrr_cents, 6
        ) as contribution_per_arr,
    from numbered
    inner join segments on numbered.customer_id = segments.customer_id
    where numbered.sample_order <= 50000

)

select * from final
