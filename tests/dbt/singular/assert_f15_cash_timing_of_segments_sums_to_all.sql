-- A failing row is a measure and month since close in which the segments, those without one included, do not sum to all
-- customers.
{{ config(group="finance") }}
{%- set measures = [
    'n_customers_observed', 'n_customers_known', 'n_customers_booked', 'n_customers_costed', 'booked_amount', 'invoiced_amount',
    'recognised_amount', 'collected_amount', 'cumulative_invoiced_amount', 'cumulative_recognised_amount',
    'cumulative_collected_amount', 'cumulative_collected_margin_amount', 'receivable_amount',
] %}
with measured as (

    {% for measure in measures -%}
        select
            '{{ measure }}' as measure,
            month_since_close,
            sum(case when segment_id != 'all' then {{ measure }} end) as of_segments,
            sum(case when segment_id = 'all' then {{ measure }} end) as of_all,
        from {{ ref('mart_cash_timing') }}
        group by month_since_close
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select * from measured
where of_segments is distinct from of_all
