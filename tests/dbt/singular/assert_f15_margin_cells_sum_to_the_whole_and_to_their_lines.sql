-- A failing row is a month and amount for which the segments of mart_margin_durability do not sum to `all`, or `all` is not the
-- sum of the lines in mart_margin_line. Null counts as nothing: unknown amounts are part of no sum. The two bridge columns
-- that are no sum over segments are compared together.
{% set columns = [
    'list_value_amount', 'discount_amount', 'earned_amount', 'credit_note_amount', 'recognised_amount', 'refund_amount',
    'dispute_amount', 'cost_of_service_amount', 'services_revenue_amount', 'services_margin_amount', 'support_amount',
    'payment_fees_amount', 'onboarding_amount', 'not_measured_amount', 'contribution_margin_amount', 'entry_list_value_amount',
    'entry_margin_amount', 'compared_list_value_amount', 'compared_list_at_entry_price_amount', 'price_unknown_list_amount',
    'compared_margin_amount', 'bridge_mix_products_amount', 'bridge_price_amount', 'bridge_discount_amount',
    'bridge_concessions_amount', 'bridge_unit_cost_amount', 'bridge_services_amount', 'bridge_support_amount',
    'bridge_payment_fees_amount', 'bridge_onboarding_amount', 'bridge_at_entry_amount', 'bridge_no_entry_amount', 'n_customers',
    'n_measured', 'n_compared', 'n_at_entry', 'n_no_entry'
] %}
with cells as (

    select
        month_on,
        segment_id = 'all' as is_whole,
        coalesce(bridge_entry_amount, 0) + coalesce(bridge_mix_customers_amount, 0) as own_entry_amount,
        {% for column in columns -%}
            coalesce({{ column }}, 0) as {{ column }},
        {% endfor %}
    from {{ ref('mart_margin_durability') }}

),

by_column as (

    {% for column in columns + ['own_entry_amount'] -%}
        select
            month_on,
            '{{ column }}' as what,
            sum(case when is_whole then {{ column }} else 0 end) as whole,
            sum(case when is_whole then 0 else {{ column }} end) as parts,
        from cells
        group by month_on
        {% if not loop.last -%}
            union all
        {% endif %}
    {% endfor %}

),

line_sums as (

    select
        month_on,
        component,
        coalesce(sum(amount), 0) as amount,
    from {{ ref('mart_margin_line') }}
    group by month_on, component

),

whole_components as (

    {% for component, column, sign in [
        ('recognised', 'earned_amount', ''), ('credit_note', 'credit_note_amount', '-'), ('refund', 'refund_amount', '-'),
        ('dispute', 'dispute_amount', '-'), ('cost_of_service', 'cost_of_service_amount', '-'), ('support', 'support_amount', '-'),
        ('payment_fees', 'payment_fees_amount', '-'), ('onboarding', 'onboarding_amount', '-')
    ] -%}
        select
            month_on,
            '{{ component }}' as component,
            {{ sign }}{{ column }} as amount,
        from cells
        where is_whole
        {% if not loop.last -%}
            union all
        {% endif %}
    {% endfor %}

)

select
    month_on,
    what,
    whole,
    parts,
from by_column
where whole != parts

union all

select
    whole_components.month_on,
    'lines of ' || whole_components.component as what,
    whole_components.amount as whole,
    coalesce(line_sums.amount, 0) as parts,
from whole_components
left join line_sums
    on whole_components.month_on = line_sums.month_on and whole_components.component = line_sums.component
where whole_components.amount != coalesce(line_sums.amount, 0)
