-- A failing row is a period of which the cells (no `all` among their keys) or a total of mart_segment_acquisition's counts and sums
-- do not add up to the company's: customers that started, costs of winning them, shared and unshared, first ARR and mature customers,
-- each counted once more from its source. In the last twelve months it is a segment that is not that of the unit economics.
with sums as (

    select * from {{ ref('fct_segment_acquisition') }}

),

cost_months as (

    select * from {{ ref('int_cost__acquisition_month') }}

),

months as (

    select * from {{ ref('dim_month') }}

),

shares as (

    select
        months.calendar_quarter as period,
        sum(costs.cost_cents) as cost_cents,
        sum(costs.cost_cents) filter (where costs.customer_id is null) as unallocated_cents,
    from {{ ref('fct_acquisition_cost') }} as costs
    inner join months on costs.month_on = months.month_on
    group by months.calendar_quarter

),

started as (

    select
        months.calendar_quarter as period,
        count(*) as n_customers,
        count(outcomes.customer_id) as n_mature_12m,
        sum(customer_months.mrr_cents * 12) as starting_arr_cents,
    from {{ ref('int_lifecycle__customer') }} as customers
    inner join months on customers.start_month_on = months.month_on
    left join {{ ref('fct_customer_month') }} as customer_months
        on customers.customer_id = customer_months.customer_id and customers.start_month_on = customer_months.month_on
    left join {{ ref('int_lifecycle__outcome_12m') }} as outcomes on customers.customer_id = outcomes.customer_id
    group by months.calendar_quarter

),

-- one way to add up per set of keys: the cells, and each total by itself
totals as (

    select
        period,
        concat_ws(
            '+', case when segment_id != 'all' then 'segment' end, case when channel != 'all' then 'channel' end,
            case when campaign_id != 'all' then 'campaign' end
        ) as keys,
        sum(cost_cents) as cost_cents,
        sum(unallocated_cents) as unallocated_cents,
        sum(n_customers) as n_customers,
        sum(n_mature_12m) as n_mature_12m,
        sum(starting_arr_cents) as starting_arr_cents,
        sum(advertising_cents) as advertising_cents,
        coalesce(sum(advertising_cents), 0) + coalesce(sum(stated_marketing_cents), 0)
        + coalesce(sum(campaign_cost_cents), 0) + coalesce(sum(stated_sales_cents), 0)
        + coalesce(sum(assumed_seller_time_cents), 0) as cents_by_kind,
        coalesce(sum(names_campaign_cents), 0) + coalesce(sum(names_channel_cents), 0)
        + coalesce(sum(names_segment_cents), 0) + coalesce(sum(names_seller_cents), 0)
        + coalesce(sum(names_nobody_cents), 0) as cents_by_name,
        sum(retained_arr_12m_cents) as retained_cents,
        sum(expected_value_cents) as expected_value_cents,
        sum(n_promise_kept) as n_promise_kept,
    from sums
    group by period, keys

),

company as (

    select * from totals
    where keys = ''

),

segment_years as (

    select * from {{ ref('fct_segment_year') }}

),

apart as (

    select
        company.period,
        totals.keys as apart,
    from company
    inner join totals on company.period = totals.period
    where
        totals.cost_cents is distinct from company.cost_cents
        or totals.unallocated_cents is distinct from company.unallocated_cents
        or totals.n_customers is distinct from company.n_customers
        or totals.n_mature_12m is distinct from company.n_mature_12m
        or totals.starting_arr_cents is distinct from company.starting_arr_cents
        or totals.advertising_cents is distinct from company.advertising_cents
        or totals.retained_cents is distinct from company.retained_cents
        or totals.expected_value_cents is distinct from company.expected_value_cents
        or totals.n_promise_kept is distinct from company.n_promise_kept
        or totals.cents_by_kind is distinct from coalesce(totals.cost_cents, 0)
        or totals.cents_by_name is distinct from coalesce(totals.cost_cents, 0)

    union all

    select
        company.period,
        'sources' as apart,
    from company
    left join shares on company.period = shares.period
    left join started on company.period = started.period
    where
        company.period not in ('last_12m', 'all')
        and (
            shares.cost_cents is distinct from company.cost_cents
            or coalesce(shares.unallocated_cents, 0) is distinct from coalesce(company.unallocated_cents, 0)
            or coalesce(started.n_customers, 0) is distinct from company.n_customers
            or coalesce(started.n_mature_12m, 0) is distinct from company.n_mature_12m
            or started.starting_arr_cents is distinct from company.starting_arr_cents
        )

    union all

    select
        sums.period,
        'unit economics of ' || sums.segment_id as apart,
    from sums
    left join segment_years on sums.segment_id = segment_years.segment_id
    where
        sums.period = 'last_12m' and sums.channel = 'all' and sums.campaign_id = 'all'
        and (
            sums.n_customers is distinct from segment_years.n_new_customers
            or (
                -- unknown there as soon as one month is
                segment_years.acquisition_cents is not null
                and sums.cost_cents - sums.unallocated_cents is distinct from segment_years.acquisition_cents
            )
        )

    union all

    select
        'all' as period,
        'months of known cost' as apart,
    from sums
    where
        sums.segment_id = 'all' and sums.channel = 'all' and sums.campaign_id = 'all' and sums.period = 'all'
        and sums.cac_cost_cents is distinct from (select sum(acquisition_cost_cents) from cost_months)
        and sums.cac_cost_cents is distinct from 0

)

select * from apart
