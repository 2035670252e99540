-- One row per segment, with `all` and `unassigned`: what its customers earned and cost in the last twelve complete months,
-- in reporting-currency cents. Customers, revenue and costs of the segments sum to `all`; what reaches no customer stands
-- in columns of its own that only `all` has. A cost is null unless every month of the twelve is known. Revenue and margin are
-- those of the company, also of who was billed once and never had MRR: a customer without a segment is unassigned.
with months as (

    select month_on from {{ ref('dim_month') }}
    where month_on > {{ add_months(last_complete_month(), -12) }}

),

customers as (

    select * from {{ ref('int_lifecycle__customer') }}

),

customer_segments as (

    select * from {{ ref('int_lifecycle__customer_segment') }}

),

customer_months as (

    select * from {{ ref('fct_customer_month') }}

),

revenue_months as (

    select * from {{ ref('int_revenue__customer_month') }}

),

pool_months as (

    select * from {{ ref('fct_cost_pool_month') }}

),

acquisition as (

    select * from {{ ref('int_cost__acquisition') }}

),

reporting as (

    select exponent from {{ ref('int_revenue__currency') }}
    where is_reporting_currency

),

segments as (

    {{ select_segment_groups(ref('dim_segment')) }}

),

known_pools as (

    select
        pool_months.pool,
        count(*) = count(pool_months.computed_cents) as is_known,
        sum(pool_months.unallocated_cents) as unallocated_cents,
    from pool_months
    inner join months on pool_months.month_on = months.month_on
    group by pool_months.pool

),

known as (

    select
        coalesce(bool_or(is_known) filter (where pool = 'support'), false) as is_support_known,
        coalesce(bool_or(is_known) filter (where pool = 'onboarding'), false) as is_onboarding_known,
        coalesce(bool_or(is_known) filter (where pool = 'payment_fees'), false) as is_payment_fee_known,
        coalesce(bool_or(acquisition.acquisition_cost_cents is not null), false) as is_acquisition_known,
        sum(unallocated_cents) filter (where pool = 'support') as support_unallocated_cents,
        sum(unallocated_cents) filter (where pool = 'onboarding') as onboarding_unallocated_cents,
        sum(unallocated_cents) filter (where pool = 'payment_fees') as payment_fee_unallocated_cents,
        sum(unallocated_cents) filter (where pool in ('marketing', 'sales')) as acquisition_unallocated_cents,
    from known_pools
    cross join acquisition

),

-- a cost of somebody who never paid has no segment, and one of nobody is not shared
shared_costs as (

    select
        pool,
        month_on,
        customer_id,
        cost_cents,
    from {{ ref('fct_cost_allocation') }}
    where customer_id is not null

    union all

    select
        'acquisition' as pool,
        month_on,
        customer_id,
        cost_cents,
    from {{ ref('fct_acquisition_cost') }}
    where customer_id is not null

),

segment_costs as (

    select
        coalesce(customer_segments.segment_id, 'unassigned') as segment_id,
        sum(shared_costs.cost_cents) filter (where shared_costs.pool = 'support') as support_cents,
        sum(shared_costs.cost_cents) filter (where shared_costs.pool = 'onboarding') as onboarding_cents,
        sum(shared_costs.cost_cents) filter (where shared_costs.pool = 'payment_fees') as payment_fee_cents,
        sum(shared_costs.cost_cents) filter (where shared_costs.pool = 'acquisition') as acquisition_cents,
    from shared_costs
    inner join months on shared_costs.month_on = months.month_on
    left join customer_segments on shared_costs.customer_id = customer_segments.customer_id
    group by coalesce(customer_segments.segment_id, 'unassigned')

),

segment_years as (

    select
        customer_segments.segment_id,
        count(*) filter (where customer_months.is_active and customer_months.month_on = {{ last_complete_month() }})
            as n_customers,
        count(*) filter (
            where customer_months.is_active
            and customer_months.month_on = {{ last_complete_month() }}
            and customer_months.mrr_cents is null
        ) as n_customers_without_mrr,
        sum(customer_months.mrr_cents * 12) filter (where customer_months.month_on = {{ last_complete_month() }}) as arr_cents,
    from customer_months
    inner join months on customer_months.month_on = months.month_on
    inner join customer_segments on customer_months.customer_id = customer_segments.customer_id
    group by customer_segments.segment_id

),

-- bills decide who earned something, not MRR
segment_revenue as (

    select
        coalesce(customer_segments.segment_id, 'unassigned') as segment_id,
        count(*) filter (where not revenue_months.has_fx_rate) as n_months_without_revenue,
        sum(revenue_months.revenue_cents) as revenue_cents,
        sum(revenue_months.margin_revenue_cents) as margin_revenue_cents,
        sum(revenue_months.gross_margin_cents) as gross_margin_cents,
    from revenue_months
    inner join months on revenue_months.month_on = months.month_on
    left join customer_segments on revenue_months.customer_id = customer_segments.customer_id
    group by coalesce(customer_segments.segment_id, 'unassigned')

),

segment_starts as (

    select
        customer_segments.segment_id,
        count(*) as n_new_customers,
        count(*) filter (where customer_months.mrr_cents is null) as n_starts_without_mrr,
        sum(customer_months.mrr_cents * 12) as starting_arr_cents,
    from customers
    inner join months on customers.start_month_on = months.month_on
    inner join customer_segments on customers.customer_id = customer_segments.customer_id
    left join customer_months
        on customers.customer_id = customer_months.customer_id and customers.start_month_on = customer_months.month_on
    group by customer_segments.segment_id

),

-- `all` is the sum of the others, so it is built from them
summed as (

    select
        segments.segment_id,
        coalesce(sum(segment_years.n_customers), 0) as n_customers,
        coalesce(sum(segment_years.n_customers_without_mrr), 0) as n_customers_without_mrr,
        coalesce(sum(segment_years.arr_cents), 0) as arr_cents,
        coalesce(sum(segment_revenue.n_months_without_revenue), 0) as n_months_without_revenue,
        coalesce(sum(segment_revenue.revenue_cents), 0) as revenue_cents,
        sum(segment_revenue.margin_revenue_cents) as margin_revenue_cents,
        sum(segment_revenue.gross_margin_cents) as gross_margin_cents,
        coalesce(sum(segment_starts.n_new_customers), 0) as n_new_customers,
        coalesce(sum(segment_starts.n_starts_without_mrr), 0) as n_starts_without_mrr,
        coalesce(sum(segment_starts.starting_arr_cents), 0) as starting_arr_cents,
        coalesce(sum(segment_costs.support_cents), 0) as support_cents,
        coalesce(sum(segment_costs.onboarding_cents), 0) as onboarding_cents,
        coalesce(sum(segment_costs.payment_fee_cents), 0) as payment_fee_cents,
        coalesce(sum(segment_costs.acquisition_cents), 0) as acquisition_cents,
    from segments
    inner join segments as members
        on members.segment_id != 'all' and (segments.segment_id in ('all', members.segment_id))
    left join segment_years on members.segment_id = segment_years.segment_id
    left join segment_revenue on members.segment_id = segment_revenue.segment_id
    left join segment_starts on members.segment_id = segment_starts.segment_id
    left join segment_costs on members.segment_id = segment_costs.segment_id
    group by segments.segment_id

),

company as (

    select * from summed
    where segment_id = 'all'

),

final as (

    select
        summed.segment_id,
        {{ add_months(last_complete_month(), -11) }} as window_from_on,
        {{ last_complete_month() }} as last_month_on,
        cast(summed.n_customers as bigint) as n_customers,
        cast(summed.n_new_customers as bigint) as n_new_customers,
        cast(company.n_new_customers as bigint) as n_new_customers_all,
        cast(case when summed.n_customers_without_mrr = 0 then summed.arr_cents end as bigint) as arr_cents,
        cast(
            case when summed.n_new_customers > 0 and summed.n_starts_without_mrr = 0 then summed.starting_arr_cents end
            as bigint
        ) as starting_arr_cents,
        cast(case when summed.n_months_without_revenue = 0 then summed.revenue_cents end as bigint) as revenue_cents,
        cast(summed.margin_revenue_cents as bigint) as margin_revenue_cents,
        cast(summed.gross_margin_cents as bigint) as gross_margin_cents,
        cast(case when known.is_support_known then summed.support_cents end as bigint) as support_cents,
        cast(case when known.is_onboarding_known then summed.onboarding_cents end as bigint) as onboarding_cents,
        cast(case when known.is_payment_fee_known then summed.payment_fee_cents end as bigint) as payment_fee_cents,
        cast(case when known.is_acquisition_known then summed.acquisition_cents end as bigint) as acquisition_cents,
        cast(
            case when summed.segment_id = 'all' and known.is_support_known then known.support_unallocated_cents end as bigint
        ) as support_unallocated_cents,
        cast(
            case when summed.segment_id = 'all' and known.is_onboarding_known then known.onboarding_unallocated_cents end
            as bigint
        ) as onboarding_unallocated_cents,
        cast(
            case when summed.segment_id = 'all' and known.is_payment_fee_known then known.payment_fee_unallocated_cents end
            as bigint
        ) as payment_fee_unallocated_cents,
        cast(
            case when summed.segment_id = 'all' and known.is_acquisition_known then known.acquisition_unallocated_cents end
            as bigint
        ) as acquisition_unallocated_cents,
        cast(case when known.is_acquisition_known then known.acquisition_unallocated_cents end as bigint)
            as company_unallocated_cents,
        cast(case when known.is_acquisition_known then company.acquisition_cents end as bigint) as company_allocated_cents,
        reporting.exponent as reporting_exponent,
    from summed
    cross join company
    cross join known
    cross join reporting

)

select * from final
