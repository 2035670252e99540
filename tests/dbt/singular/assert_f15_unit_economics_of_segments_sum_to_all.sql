-- A failing row is a measure of the year whose segments do not sum to `all`, or an `all` that is not the company: customers,
-- ARR and blended acquisition cost by another way. Says nothing about what is per customer, which does not add up.
{% set measures = [
    'n_customers', 'n_new_customers', 'arr_cents', 'revenue_cents', 'gross_margin_cents', 'support_cents',
    'onboarding_cents', 'payment_fee_cents', 'acquisition_cents',
] %}
with years as (

    select * from {{ ref('fct_segment_year') }}

),

company as (

    select
        count(*) filter (where is_active) as n_customers,
        count(*) filter (where is_active and mrr_cents is null) as n_without_rate,
        coalesce(sum(mrr_cents * 12), 0) as arr_cents,
    from {{ ref('fct_customer_month') }}
    where month_on = {{ last_complete_month() }}

),

whole as (

    select years.* from years
    where segment_id = 'all'

),

{% for measure in measures %}
{{ measure }}_gap as (

    select
        '{{ measure }}' as measure,
        min(whole.{{ measure }}) as of_all,
        coalesce(sum(years.{{ measure }}), 0) as of_segments,
    from whole
    cross join years
    where years.segment_id != 'all'
    -- a segment that is unknown leaves nothing to compare
    having coalesce(sum(years.{{ measure }}), 0) != min(whole.{{ measure }})
    {% if measure not in ('gross_margin_cents',) %}and count(*) = count(years.{{ measure }}){% endif %}

),
{% endfor %}

company_gap as (

    select
        'company' as measure,
        company.n_customers as of_all,
        whole.n_customers as of_segments,
    from company
    cross join whole
    where
        company.n_customers != whole.n_customers
        or (company.n_without_rate = 0 and company.arr_cents is distinct from whole.arr_cents)

),

blended_gap as (

    select
        'blended acquisition cost' as measure,
        blended.acquisition_cost_cents as of_all,
        whole.acquisition_cents + whole.acquisition_unallocated_cents as of_segments,
    from {{ ref('int_cost__acquisition') }} as blended
    cross join whole
    where blended.acquisition_cost_cents is distinct from whole.acquisition_cents + whole.acquisition_unallocated_cents

)

{% for measure in measures %}
select * from {{ measure }}_gap
union all
{% endfor %}
select * from company_gap
union all
select * from blended_gap
