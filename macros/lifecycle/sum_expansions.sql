{#- Counts and whole-number sums of the expansion months of one group; logs are scaled so that sums do not depend on their order. -#}
{% macro sum_expansions() -%}
count(*) as n_exposed_months,
        cast(count(*) filter (where has_expanded) as bigint) as n_events,
        cast(coalesce(sum(arr_added_cents) filter (where has_expanded), 0) as bigint) as sum_amount_cents,
        cast(coalesce(sum(arr_at_risk_cents) filter (where has_expanded), 0) as bigint) as sum_base_arr_cents,
        cast(coalesce(sum(cast(round(log_ratio * 1000000) as bigint)), 0) as bigint) as sum_log_ratio_micro,
        cast(coalesce(sum(cast(round(log_ratio * log_ratio * 1000000) as bigint)), 0) as bigint)
            as sumsq_log_ratio_micro,
        cast(count(*) filter (where is_unexpanded) as bigint) as n_unexpanded_months,
        cast(count(*) filter (where is_unexpanded and has_expanded) as bigint) as n_first_events
{%- endmacro %}
