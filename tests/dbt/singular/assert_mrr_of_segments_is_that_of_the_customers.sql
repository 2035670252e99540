-- A failing row is a segment and month whose MRR is not the sum of mart_mrr_movement_month over its customers, whose movements do
-- not lead from opening to closing, or a company that is not the sum of its segments; or a last month whose customers or ARR are
-- not those of mart_lifecycle_unit_economics. Amounts without a rate are counted and left out on both sides.
{%- set movements = ['opening', 'new', 'expansion', 'contraction', 'churn', 'reactivation', 'closing'] %}
with cells as (

    select * from {{ ref('mart_segment_mrr_month') }}

),

customers as (

    select
        case grouping(segment_id) when 1 then 'all' else segment_id end as segment_id,
        month_on,
        {% for movement in movements -%}
            coalesce(sum(reporting_{{ movement }}_amount) filter (where has_fx_rate), 0) as {{ movement }}_amount,
        {% endfor -%}
        coalesce(sum(fx_amount) filter (where has_fx_rate), 0) as fx_amount,
    from {{ ref('mart_mrr_movement_month') }}
    group by grouping sets ((segment_id, month_on), (month_on))  -- noqa: PRS

),

moved as (

    select
        coalesce(cells.segment_id, customers.segment_id) as segment_id,
        coalesce(cells.month_on, customers.month_on) as month_on,
    from cells
    full outer join customers on cells.segment_id = customers.segment_id and cells.month_on = customers.month_on
    where
        cells.segment_id is null
        {% for movement in movements -%}
            or coalesce(cells.{{ movement }}_mrr_amount, 0) != coalesce(customers.{{ movement }}_amount, 0)
        {% endfor -%}
        or coalesce(cells.fx_mrr_amount, 0) != coalesce(customers.fx_amount, 0)
        or cells.opening_mrr_amount + cells.new_mrr_amount + cells.expansion_mrr_amount - cells.contraction_mrr_amount
        - cells.churn_mrr_amount + cells.reactivation_mrr_amount + cells.fx_mrr_amount != cells.closing_mrr_amount

),

company as (

    select
        'all' as segment_id,
        month_on,
    from cells
    group by month_on
    having
        {% for column in ['n_customers_closing', 'n_year_ago', 'n_year_stayed', 'year_ago_arr_amount', 'year_end_arr_amount',
            'year_kept_arr_amount', 'closing_mrr_amount'] -%}
            coalesce(sum({{ column }}) filter (where segment_id != 'all'), 0)
            != coalesce(sum({{ column }}) filter (where segment_id = 'all'), 0)
            {% if not loop.last %}or{% endif %}
        {% endfor %}

),

economics as (

    select
        cells.segment_id,
        cells.month_on,
    from cells
    inner join {{ ref('mart_lifecycle_unit_economics') }} as economics
        on cells.segment_id = economics.segment_id and cells.month_on = economics.last_month_on
    where
        cells.n_customers_closing != economics.n_customers
        or (cells.n_customers_without_rate = 0 and cells.closing_mrr_amount * 12 != economics.arr_amount)

)

select * from moved

union all

select * from company

union all

select * from economics
