-- One row per segment (`all` and `unassigned` among them), cohort (`all` = every month cohort that has reached the age,
-- `before_data` = who was there when the data begin) and month of age that is over for the whole cohort: counts and sums over
-- its customers, whether they stayed or not. Every segment has a row, also without a customer.
{%- set ratios = {
    'nrr': ('ending_arr', 'starting_arr'),
    'grr': ('kept_arr', 'starting_arr'),
    'year': ('year_end_arr', 'year_ago_arr'),
    'margin': ('gross_margin', 'margin_revenue'),
    'support': ('support_cost', 'support_arr'),
} %}
{%- set amounts = [
    'starting_arr', 'ending_arr', 'kept_arr', 'year_ago_arr', 'year_end_arr', 'revenue', 'margin_revenue', 'gross_margin',
    'support_arr', 'support_cost'
] %}
with customer_months as (

    select * from {{ ref('fct_cohort_customer_month') }}

),

segments as (

    {{ select_segment_groups(ref('dim_segment')) }}

),

counted as (

    select
        *,
        cohort as counted_in,
    from customer_months

    union all

    select
        *,
        'all' as counted_in,
    from customer_months
    where cohort_month_on is not null

),

sizes as (

    select
        counted_in,
        case grouping(segment_id) when 1 then 'all' else segment_id end as segment_id,
        count(*) as n_customers,
    from counted
    where age_month = 0
    group by grouping sets ((counted_in, segment_id), (counted_in))  -- noqa: PRS

),

-- a cohort is as old as the youngest of its customers, so that each of its ages holds them all
ages as (

    select
        customer_months.cohort,
        customer_months.cohort_month_on,
        customer_months.age_month,
        max(case when customer_months.cohort_month_on is not null then customer_months.month_on end) as month_on,
        1 as n_cohorts,
    from customer_months
    inner join sizes on customer_months.cohort = sizes.counted_in and sizes.segment_id = 'all'
    group by
        customer_months.cohort, customer_months.cohort_month_on, customer_months.age_month, sizes.n_customers
    having count(*) = sizes.n_customers

),

cells as (

    select * from ages

    union all

    select
        'all' as cohort,
        null as cohort_month_on,
        age_month,
        null as month_on,
        count(*) as n_cohorts,
    from ages
    where cohort_month_on is not null
    group by age_month

),

summed as (

    select
        case grouping(segment_id) when 1 then 'all' else segment_id end as segment_id,
        counted_in,
        age_month,
        count(*) as n_observed,
        count(*) filter (where is_active) as n_active,
        count(*) filter (where not has_left) as n_stayed,
        count(starting_arr_cents) as n_arr_known,
        count(year_ago_arr_cents) as n_year_known,
        count(revenue_cents) as n_revenue_known,
        count(margin_revenue_cents) as n_margin_known,
        count(support_arr_cents) as n_support_known,
        {% for amount in amounts -%}
            sum({{ amount }}_cents) as {{ amount }}_cents,
        {% endfor -%}
        {% for ratio, (y, x) in ratios.items() -%}
            sum(cast({{ y }}_cents as hugeint) * {{ y }}_cents) as {{ ratio }}_yy,
            sum(cast({{ y }}_cents as hugeint) * {{ x }}_cents) as {{ ratio }}_xy,
            sum(cast({{ x }}_cents as hugeint) * {{ x }}_cents) as {{ ratio }}_xx,
        {% endfor -%}
    from counted
    group by grouping sets ((counted_in, segment_id, age_month), (counted_in, age_month))  -- noqa: PRS

),

final as (

    select
        segments.segment_id,
        cells.cohort,
        cells.cohort_month_on,
        cells.age_month,
        cells.month_on,
        cells.n_cohorts,
        coalesce(sizes.n_customers, 0) as n_customers,
        {% for count in ['observed', 'active', 'stayed', 'arr_known', 'year_known', 'revenue_known', 'margin_known',
            'support_known'] -%}
            coalesce(summed.n_{{ count }}, 0) as n_{{ count }},
        {% endfor -%}
        {% for amount in amounts -%}
            cast(summed.{{ amount }}_cents as bigint) as {{ amount }}_cents,
        {% endfor -%}
        {% for ratio in ratios -%}
            summed.{{ ratio }}_yy,
            summed.{{ ratio }}_xy,
            summed.{{ ratio }}_xx,
        {% endfor -%}
    from segments
    cross join cells
    left join sizes on segments.segment_id = sizes.segment_id and cells.cohort = sizes.counted_in
    left join summed
        on
            segments.segment_id = summed.segment_id
            and cells.cohort = summed.counted_in
            and cells.age_month = summed.age_month

)

select * from final
