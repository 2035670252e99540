-- A failing row means that ARR, revenue or cost of customers was lost or doubled between the fact and what the value
-- model sees. Compares cents exactly, over active months with a known rate; months without a rate are in neither.
with summed as (

    select
        coalesce(sum(n_customer_months), 0) as n_customer_months,
        coalesce(sum(sum_arr_cents), 0) as arr_cents,
        coalesce(sum(sum_revenue_cents), 0) as revenue_cents,
        coalesce(sum(sum_margin_arr_cents), 0) as margin_arr_cents,
        coalesce(sum(sum_gross_margin_cents), 0) as gross_margin_cents,
        coalesce(sum(sum_support_cents), 0) as support_cost_cents,
    from {{ ref('suff_money_monthly') }}

),

facts as (

    select
        count(*) as n_customer_months,
        coalesce(sum(mrr_cents * 12), 0) as arr_cents,
        coalesce(sum(revenue_cents), 0) as revenue_cents,
        coalesce(sum(margin_arr_cents), 0) as margin_arr_cents,
        coalesce(sum(gross_margin_cents), 0) as gross_margin_cents,
        coalesce(sum(support_cost_cents), 0) as support_cost_cents,
    from {{ ref('fct_customer_month') }}
    where is_active and has_fx_rate

)

select
    summed.n_customer_months as summed_customer_months,
    facts.n_customer_months as fact_customer_months,
    summed.arr_cents as summed_arr_cents,
    facts.arr_cents as fact_arr_cents,
from summed
cross join facts
where
    summed.n_customer_months != facts.n_customer_months
    or summed.arr_cents != facts.arr_cents
    or summed.revenue_cents != facts.revenue_cents
    or summed.margin_arr_cents != facts.margin_arr_cents
    or summed.gross_margin_cents != facts.gross_margin_cents
    or summed.support_cost_cents != facts.support_cost_cents
