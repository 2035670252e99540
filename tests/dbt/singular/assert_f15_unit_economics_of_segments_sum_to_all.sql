-- A failing row is a year whose segments do not sum to `all`, or an `all` that is not the company: customers, ARR, revenue and
-- gross margin (of billed lines, wherever there are any) and blended acquisition cost by another way. What is unknown in one
-- segment is unknown in `all`. Says nothing about what is per customer, which does not add up.
with years as (

    select * from {{ ref('fct_segment_year') }}

),

whole as (

    select years.* from years
    where years.segment_id = 'all'

),

summed as (

    select
        sum(n_customers) as n_customers,
        sum(n_new_customers) as n_new_customers,
        case when count(*) = count(arr_cents) then sum(arr_cents) end as arr_cents,
        case when count(*) = count(revenue_cents) then sum(revenue_cents) end as revenue_cents,
        -- of a segment without a stated margin there is nothing to add
        coalesce(sum(gross_margin_cents), 0) as gross_margin_cents,
        sum(support_cents) as support_cents,
        sum(onboarding_cents) as onboarding_cents,
        sum(payment_fee_cents) as payment_fee_cents,
        sum(acquisition_cents) as acquisition_cents,
    from years
    where segment_id != 'all'

),

company as (

    select
        count(*) filter (where is_active) as n_customers,
        case
            when count(*) filter (where is_active and mrr_cents is null) = 0 then coalesce(sum(mrr_cents * 12), 0)
        end as arr_cents,
    from {{ ref('fct_customer_month') }}
    where month_on = {{ last_complete_month() }}

),

lines_of_year as (

    select * from {{ ref('fct_revenue_line_month') }}
    where month_on > {{ add_months(last_complete_month(), -12) }}

),

billed as (

    select
        case when count(*) = count(recognised_cents) then coalesce(sum(recognised_cents), 0) end as revenue_cents,
        coalesce(sum(gross_margin_cents), 0) as gross_margin_cents,
        -- without any line MRR stands in for revenue
        (select count(*) from {{ ref('fct_revenue_line_month') }}) > 0 as has_lines,
    from lines_of_year

),

blended as (

    select * from {{ ref('int_cost__acquisition') }}

)

select
    whole.*,
    summed.*,
    billed.revenue_cents as billed_revenue_cents,
    billed.gross_margin_cents as billed_margin_cents,
    blended.acquisition_cost_cents as blended_cents,
from whole
cross join summed
cross join company
cross join billed
cross join blended
where
    summed.n_customers is distinct from whole.n_customers
    or summed.n_new_customers is distinct from whole.n_new_customers
    or summed.arr_cents is distinct from whole.arr_cents
    or summed.revenue_cents is distinct from whole.revenue_cents
    or summed.gross_margin_cents is distinct from coalesce(whole.gross_margin_cents, 0)
    or summed.support_cents is distinct from whole.support_cents
    or summed.onboarding_cents is distinct from whole.onboarding_cents
    or summed.payment_fee_cents is distinct from whole.payment_fee_cents
    or summed.acquisition_cents is distinct from whole.acquisition_cents
    or company.n_customers is distinct from whole.n_customers
    or company.arr_cents is distinct from whole.arr_cents
    or (billed.has_lines and billed.revenue_cents is distinct from whole.revenue_cents)
    or (billed.has_lines and billed.gross_margin_cents is distinct from coalesce(whole.gross_margin_cents, 0))
    or blended.acquisition_cost_cents is distinct from whole.acquisition_cents + whole.acquisition_unallocated_cents
