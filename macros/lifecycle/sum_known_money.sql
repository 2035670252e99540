{#- Sums of margin and support of customer months, each beside the base of the months in which it is known, whole minor units. -#}
{% macro sum_known_money(months) -%}
cast(count({{ months }}.gross_margin_cents) as bigint) as n_margin_known,
        cast(coalesce(sum({{ months }}.margin_arr_cents), 0) as bigint) as sum_margin_arr_cents,
        cast(coalesce(sum({{ months }}.margin_revenue_cents), 0) as bigint) as sum_margin_revenue_cents,
        cast(coalesce(sum({{ months }}.gross_margin_cents), 0) as bigint) as sum_gross_margin_cents,
        cast(count({{ months }}.support_cost_cents) as bigint) as n_support_known,
        cast(
            coalesce(sum(case when {{ months }}.support_cost_cents is not null then {{ months }}.mrr_cents * 12 end), 0)
            as bigint
        ) as sum_support_arr_cents,
        cast(coalesce(sum({{ months }}.support_cost_cents), 0) as bigint) as sum_support_cents
{%- endmacro %}
