{#- Checks in the shape of fct_data_check from counts (check_name, n_rows, n_all, detail): nothing to count is info, a share above
    the check's row in link_limit warns. -#}
{% macro grade_counts(relation, check_group) -%}
    select
        {{ relation }}.check_name,
        '{{ check_group }}' as check_group,
        case
            when {{ relation }}.n_all = 0 then 'info'
            when {{ relation }}.n_rows * 100 > {{ relation }}.n_all * limits.warn_above_pct then 'warn'
            else 'pass'
        end as status,
        cast({{ relation }}.n_rows as bigint) as n_rows,
        {{ relation }}.detail,
    from {{ relation }}
    left join {{ ref('link_limit') }} as limits on {{ relation }}.check_name = limits.check_name
{%- endmacro %}
