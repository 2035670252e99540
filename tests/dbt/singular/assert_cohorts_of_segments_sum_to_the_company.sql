-- A failing row is a cohort and age whose segments do not sum to the company, a pooled age that is not the sum of its month
-- cohorts, or a month in which the active customers of all cohorts are not those of fct_customer_month: somebody is in two
-- cohorts or in none. Says nothing about rates, which do not add up.
{%- set sums = ['n_observed', 'n_active', 'n_stayed', 'n_arr_known', 'starting_arr_amount', 'ending_arr_amount',
    'kept_arr_amount', 'year_end_arr_amount', 'revenue_amount', 'gross_margin_amount', 'support_cost_amount'] %}
with cells as (

    select * from {{ ref('mart_segment_cohort_month') }}

),

segments as (

    select
        cohort,
        age_month,
        {% for column in sums -%}
            coalesce(sum({{ column }}) filter (where segment_id != 'all'), 0) as {{ column }},
            coalesce(sum({{ column }}) filter (where segment_id = 'all'), 0) as company_{{ column }},
        {% endfor -%}
    from cells
    group by cohort, age_month

),

pooled as (

    select
        segment_id,
        age_month,
        {% for column in sums -%}
            coalesce(sum({{ column }}) filter (where cohort_month_on is not null), 0) as {{ column }},
            coalesce(sum({{ column }}) filter (where cohort = 'all'), 0) as pooled_{{ column }},
        {% endfor -%}
    from cells
    group by segment_id, age_month

),

starts as (

    select
        cohort,
        segment_id,
        min(n_customers) as n_customers,
    from cells
    where cohort != 'all'
    group by cohort, segment_id

),

-- ages that a cohort has no row for yet are counted where they are known
watched as (

    select
        month_on,
        count(*) filter (where is_active) as n_active,
    from {{ ref('fct_cohort_customer_month') }}
    group by month_on

),

months as (

    select
        month_on,
        count(*) filter (where is_active) as n_active,
    from {{ ref('fct_customer_month') }}
    group by month_on

),

watched_from as (

    select min(entry_month_on) as first_on
    from {{ ref('int_lifecycle__cohort') }}

)

select
    cohort as claim,
    age_month as at_month,
from segments
where
    {% for column in sums -%}
        {{ column }} != company_{{ column }}
        {% if not loop.last %}or{% endif %}
    {% endfor %}

union all

select
    segment_id as claim,
    age_month as at_month,
from pooled
where
    {% for column in sums -%}
        {{ column }} != pooled_{{ column }}
        {% if not loop.last %}or{% endif %}
    {% endfor %}

union all

select
    'customers in cohorts' as claim,
    null as at_month,
from starts
having
    coalesce(sum(n_customers) filter (where segment_id = 'all'), 0)
    != (select count(*) from {{ ref('int_lifecycle__cohort') }})

union all

select
    'active customers of ' || months.month_on as claim,
    null as at_month,
from months
cross join watched_from
left join watched on months.month_on = watched.month_on
where months.month_on >= watched_from.first_on and coalesce(watched.n_active, 0) != months.n_active
