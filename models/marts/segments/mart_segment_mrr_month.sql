-- One row per segment (`all` = the company, `unassigned` = customers without a segment) and complete month since anybody had
-- MRR: opening, what moved, closing, in the reporting currency, and what the customers of twelve months before pay now.
-- Movements are additive over segments and months, levels and the year's sums over segments only; rates are not: divide the
-- sums. Comparisons are associations.
{%- set nrr = ['year_end_arr_cents', 'year_ago_arr_cents', 'nrr_yy', 'nrr_xy', 'nrr_xx', 'n_year_known'] %}
{%- set grr = ['year_kept_arr_cents', 'year_ago_arr_cents', 'grr_yy', 'grr_xy', 'grr_xx', 'n_year_known'] %}
{%- set rest, grr_rest = [], [] %}
{%- for column in nrr %}{% do rest.append('rest_' ~ column) %}{% endfor %}
{%- for column in grr %}{% do grr_rest.append('rest_' ~ column) %}{% endfor %}
with segment_months as (

    select * from {{ ref('fct_segment_mrr_month') }}

),

segments as (

    select * from {{ ref('dim_segment') }}

),

reporting as (

    select exponent from {{ ref('dim_currency') }}
    where is_reporting_currency

),

limits as (

    {{ pick_limits(ref('pattern_limit'), ['least_units', 'false_call_rate_max']) }}

),

company as (

    select * from segment_months
    where segment_id = 'all'

),

-- what is compared must not hold the same customer twice, so a segment stands against everybody else
rests as (

    select
        segment_months.segment_id,
        segment_months.month_on,
        company.year_end_arr_cents as company_year_end_arr_cents,
        company.year_ago_arr_cents as company_year_ago_arr_cents,
        {% for column in nrr + ['n_year_ago', 'n_year_stayed', 'year_kept_arr_cents', 'grr_yy', 'grr_xy', 'grr_xx'] -%}
            company.{{ column }} - coalesce(segment_months.{{ column }}, 0) as rest_{{ column }},
        {% endfor -%}
    from segment_months
    inner join company on segment_months.month_on = company.month_on

),

compared as (

    select
        segment_months.*,
        rests.* exclude (segment_id, month_on),
        limits.*,
        true as family,
        least(segment_months.n_year_known, rests.rest_n_year_known) as nrr_units,
        {{ compare_ratio(nrr, rest) }} as nrr_z,
        {{ compare_ratio(grr, grr_rest) }} as grr_z,
        {{ compare_share('n_year_stayed', 'n_year_ago', 'rest_n_year_stayed', 'rest_n_year_ago') }} as logo_z,
    from segment_months
    cross join limits
    inner join rests on segment_months.segment_id = rests.segment_id and segment_months.month_on = rests.month_on

),

-- what is too small to be called is no look
looked as (

    select
        *,
        case when nrr_units >= least_units then {{ get_two_sided_p('nrr_z') }} end as nrr_chance,
    from compared

),

adjusted as (

    select
        *,
        {{ adjust_for_looks('nrr_chance', 'family') }} as nrr_adjusted,
    from looked

),

judged as (

    select
        *,
        {{ get_false_call_rate('nrr_adjusted', 'nrr_chance', 'family') }} as nrr_false_call_rate,
    from adjusted

),

final as (

    select
        judged.segment_id,
        {{ name_group('judged.segment_id', 'segments.segment_name') }} as segment_name,
        judged.month_on,
        {% for count in ['opening', 'new', 'expansion', 'contraction', 'churn', 'reactivation', 'closing'] -%}
            judged.n_{{ count }} as n_customers_{{ count }},
        {% endfor -%}
        {% for movement in ['opening', 'new', 'expansion', 'contraction', 'churn', 'reactivation', 'fx', 'closing'] -%}
            {{ convert_to_major_units('judged.' ~ movement ~ '_cents', 'reporting.exponent') }} as {{ movement }}_mrr_amount,
        {% endfor -%}
        judged.n_without_rate as n_customers_without_rate,
        judged.n_closing_unknown as n_customers_unknown,
        judged.n_year_ago,
        judged.n_year_stayed,
        cast(judged.n_year_stayed as double) / nullif(judged.n_year_ago, 0) as logo_retention_trailing_12m,
        {{ bound_share('judged.n_year_stayed', 'judged.n_year_ago', -1) }} as logo_retention_trailing_12m_p05,
        {{ bound_share('judged.n_year_stayed', 'judged.n_year_ago', 1) }} as logo_retention_trailing_12m_p95,
        judged.n_year_known,
        {% for amount in ['year_ago_arr', 'year_end_arr', 'year_kept_arr'] -%}
            {{ convert_to_major_units('judged.' ~ amount ~ '_cents', 'reporting.exponent') }} as {{ amount }}_amount,
        {% endfor -%}
        {% for name, sums in {'nrr': nrr, 'grr': grr}.items() -%}
            cast(judged.{{ sums[0] }} as double) / nullif(judged.{{ sums[1] }}, 0) as {{ name }}_trailing_12m,
            {%- set most = 1 if name == 'grr' else none %}
            {{ bound_ratio(*sums, sign=-1, least=0, most=most) }} as {{ name }}_trailing_12m_p05,
            {{ bound_ratio(*sums, sign=1, least=0, most=most) }} as {{ name }}_trailing_12m_p95,
        {% endfor -%}
        cast(judged.year_end_arr_cents as double) / nullif(judged.year_ago_arr_cents, 0)
        - cast(judged.company_year_end_arr_cents as double) / nullif(judged.company_year_ago_arr_cents, 0)
            as nrr_trailing_12m_vs_company,
        {{ get_probability_better('judged.nrr_z', 'higher') }} as nrr_trailing_12m_p_better,
        {{ judge_difference(
            'judged.nrr_z', 'judged.nrr_false_call_rate', 'judged.nrr_units', 'judged.least_units',
            'judged.false_call_rate_max', 'judged.n_year_known > 0 and judged.rest_n_year_known = 0'
        ) }} as nrr_trailing_12m_verdict,
        grr_trailing_12m - cast(judged.year_kept_arr_cents + judged.rest_year_kept_arr_cents as double)
        / nullif(judged.company_year_ago_arr_cents, 0) as grr_trailing_12m_vs_company,
        {{ get_probability_better('judged.grr_z', 'higher') }} as grr_trailing_12m_p_better,
        logo_retention_trailing_12m - cast(judged.n_year_stayed + judged.rest_n_year_stayed as double)
        / nullif(judged.n_year_ago + judged.rest_n_year_ago, 0) as logo_retention_trailing_12m_vs_company,
        {{ get_probability_better('judged.logo_z', 'higher') }} as logo_retention_trailing_12m_p_better,
        judged.n_year_ago - judged.n_year_stayed as n_events,
        {{ flag_low_support('(judged.n_year_ago - judged.n_year_stayed)') }} as is_low_support,
        {{ as_of_date() }} as as_of_date,
    from judged
    cross join reporting
    left join segments on judged.segment_id = segments.segment_id

)

select * from final
