-- A failing row is a month since close in which the segments, those without one included, do not sum to all customers.
{{ config(group="finance") }}
{%- set measures = [
    'n_customers_observed', 'n_customers_known', 'n_customers_booked', 'n_customers_costed', 'booked_amount', 'invoiced_amount',
    'recognised_amount', 'collected_amount', 'cumulative_invoiced_amount', 'cumulative_recognised_amount',
    'cumulative_collected_amount', 'cumulative_collected_margin_amount', 'receivable_amount',
] %}

select
    month_since_close,
    {% for measure in measures -%}
        sum(case when segment_id != 'all' then {{ measure }} end) as segments_{{ measure }},
        sum(case when segment_id = 'all' then {{ measure }} end) as all_{{ measure }},
    {% endfor %}
from {{ ref('mart_cash_timing') }}
group by month_since_close
having
    {% for measure in measures -%}
        sum(case when segment_id != 'all' then {{ measure }} end)
        is distinct from sum(case when segment_id = 'all' then {{ measure }} end)
        {{ 'or' if not loop.last }}
    {% endfor %}
