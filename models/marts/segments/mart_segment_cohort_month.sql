-- One row per segment (`all` = the company, `unassigned` = customers without a segment), cohort (a start month, `all` = the
-- month cohorts that have reached the age, pooled, `before_data` = customers that were there when the data begin) and month of
-- age that is over for the whole cohort. Counts and amounts are additive over segments, and over month cohorts of one age, where
-- they make up cohort `all`; over ages only revenue, margin and support are. Rates are not: divide the sums.
-- Comparisons are associations.
{%- set ratios = [
    ('nrr', 'ending_arr', 'starting_arr', 'n_arr_known'),
    ('grr', 'kept_arr', 'starting_arr', 'n_arr_known'),
    ('year', 'year_end_arr', 'year_ago_arr', 'n_year_known'),
    ('margin', 'gross_margin', 'margin_revenue', 'n_margin_known'),
    ('support', 'support_cost', 'support_arr', 'n_support_known'),
] %}
{#- per ratio: the six sums that intervals and comparisons take, of a cell, of the rest of the company and of the company #}
{%- set sums, others, company_nrr, cell_nrr = {}, {}, [], [] %}
{%- set compared_columns = ['n_observed', 'n_stayed'] %}
{%- for ratio, y, x, n in ratios %}
    {%- set columns = [y ~ '_cents', x ~ '_cents', ratio ~ '_yy', ratio ~ '_xy', ratio ~ '_xx', n] %}
    {%- do sums.update({ratio: columns}) %}
    {%- do others.update({ratio: []}) %}
    {%- for column in columns %}
        {%- do others[ratio].append('rest_' ~ column) %}
        {%- if column not in compared_columns %}
            {%- do compared_columns.append(column) %}
        {%- endif %}
    {%- endfor %}
{%- endfor %}
{%- for column in sums.nrr %}
    {%- do company_nrr.append('company.' ~ column) %}
    {%- do cell_nrr.append('cells.' ~ column) %}
{%- endfor %}
{#- further rates that stand beside the company's: name in the mart, which direction is good, and months of a year #}
{%- set beside = {
    'grr': ('grr', 'higher', 1), 'year': ('nrr_last_12m', 'higher', 1), 'margin': ('gross_margin_rate', 'higher', 1),
    'support': ('support_cost_per_arr_year', 'lower', 12),
} %}
with cohort_months as (

    select * from {{ ref('fct_segment_cohort_month') }}

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

    select * from cohort_months
    where segment_id = 'all'

),

-- what is compared must not hold the same customer twice, so a segment stands against everybody else
rests as (

    select
        cohort_months.segment_id,
        cohort_months.cohort,
        cohort_months.age_month,
        company.n_stayed as company_stayed,
        company.n_observed as company_observed,
        company.ending_arr_cents as company_ending_arr_cents,
        company.starting_arr_cents as company_starting_arr_cents,
        {{ get_ratio_spread(*company_nrr) }} as nrr_spread,
        {% for column in compared_columns -%}
            company.{{ column }} - coalesce(cohort_months.{{ column }}, 0) as rest_{{ column }},
        {% endfor -%}
    from cohort_months
    inner join company
        on cohort_months.cohort = company.cohort and cohort_months.age_month = company.age_month

),

compared as (

    select
        cells.*,
        rests.* exclude (segment_id, cohort, age_month),
        limits.*,
        -- cells of one start month are small and many; what they hold back must not hide what the pooled cells show
        cells.cohort = 'all' as family,
        least(cells.n_observed, rests.rest_n_observed) as logo_units,
        least(cells.n_arr_known, rests.rest_n_arr_known) as nrr_units,
        -- in the month they start all are there
        case
            when cells.age_month > 0
                then {{ compare_share('n_stayed', 'n_observed', 'rest_n_stayed', 'rest_n_observed') }}
        end as logo_z,
        case when cells.age_month > 0 then {{ compare_ratio(sums.nrr, others.nrr) }} end as nrr_z,
        {% for ratio in beside -%}
            case when cells.age_month > 0 then {{ compare_ratio(sums[ratio], others[ratio]) }} end as {{ ratio }}_z,
        {% endfor -%}
        cells.n_arr_known as level_units,
        -- from 1, what was there at the start; the cell varies at least as the company's customers do
        case
            when cells.age_month >= 12
                then (cast(cells.ending_arr_cents as double) / nullif(cells.starting_arr_cents, 0) - 1) / nullif(sqrt({{
                    raise_variance(
                        '(' ~ get_ratio_variance(*cell_nrr) ~ ')', 'cells.starting_arr_cents', 'cells.nrr_xx', 'rests.nrr_spread'
                    )
                }}), 0)
        end as level_z,
    from cohort_months as cells
    cross join limits
    inner join rests
        on
            cells.segment_id = rests.segment_id
            and cells.cohort = rests.cohort
            and cells.age_month = rests.age_month

),

-- what is too small to be called is no look
looked as (

    select
        *,
        {% for outcome in ['logo', 'nrr', 'level'] -%}
            case when {{ outcome }}_units >= least_units then {{ get_two_sided_p(outcome ~ '_z') }} end as {{ outcome }}_chance,
        {% endfor -%}
    from compared

),

adjusted as (

    select
        *,
        {% for outcome in ['logo', 'nrr', 'level'] -%}
            {{ adjust_for_looks(outcome ~ '_chance', 'family') }} as {{ outcome }}_adjusted,
        {% endfor -%}
    from looked

),

judged as (

    select
        *,
        {% for outcome in ['logo', 'nrr', 'level'] -%}
            {{ get_false_call_rate(outcome ~ '_adjusted', outcome ~ '_chance', 'family') }} as {{ outcome }}_false_call_rate,
        {% endfor -%}
    from adjusted

),

final as (

    select
        judged.segment_id,
        {{ name_group('judged.segment_id', 'segments.segment_name') }} as segment_name,
        judged.cohort,
        judged.cohort_month_on,
        judged.age_month,
        judged.month_on,
        judged.n_cohorts,
        judged.n_customers,
        judged.n_observed,
        judged.n_active,
        judged.n_stayed,
        judged.n_active - judged.n_stayed as n_returned,
        cast(judged.n_stayed as double) / nullif(judged.n_observed, 0) as logo_retention,
        {{ bound_share('judged.n_stayed', 'judged.n_observed', -1) }} as logo_retention_p05,
        {{ bound_share('judged.n_stayed', 'judged.n_observed', 1) }} as logo_retention_p95,
        cast(judged.n_stayed as double) / nullif(judged.n_observed, 0)
        - cast(judged.company_stayed as double) / nullif(judged.company_observed, 0) as logo_retention_vs_company,
        {{ get_probability_better('judged.logo_z', 'higher') }} as logo_retention_p_better,
        {{ judge_difference(
            'judged.logo_z', 'judged.logo_false_call_rate', 'judged.logo_units', 'judged.least_units',
            'judged.false_call_rate_max', 'judged.n_observed > 0 and judged.rest_n_observed = 0'
        ) }} as logo_retention_verdict,
        judged.n_arr_known,
        {% for amount in ['starting_arr', 'ending_arr', 'kept_arr'] -%}
            {{ convert_to_major_units('judged.' ~ amount ~ '_cents', 'reporting.exponent') }} as {{ amount }}_amount,
        {% endfor -%}
        {% for ratio in ['nrr', 'grr'] -%}
            cast({{ sums[ratio][0] }} as double) / nullif({{ sums[ratio][1] }}, 0) as {{ ratio }},
            {%- set most = 1 if ratio == 'grr' else none %}
            {{ bound_ratio(*sums[ratio], sign=-1, least=0, most=most) }} as {{ ratio }}_p05,
            {{ bound_ratio(*sums[ratio], sign=1, least=0, most=most) }} as {{ ratio }}_p95,
        {% endfor -%}
        cast(judged.ending_arr_cents as double) / nullif(judged.starting_arr_cents, 0)
        - cast(judged.company_ending_arr_cents as double) / nullif(judged.company_starting_arr_cents, 0) as nrr_vs_company,
        {{ get_probability_better('judged.nrr_z', 'higher') }} as nrr_p_better,
        {{ judge_difference(
            'judged.nrr_z', 'judged.nrr_false_call_rate', 'judged.nrr_units', 'judged.least_units',
            'judged.false_call_rate_max', 'judged.n_arr_known > 0 and judged.rest_n_arr_known = 0'
        ) }} as nrr_verdict,
        judged.n_year_known,
        {% for amount in ['year_ago_arr', 'year_end_arr'] -%}
            {{ convert_to_major_units('judged.' ~ amount ~ '_cents', 'reporting.exponent') }} as {{ amount }}_amount,
        {% endfor -%}
        cast({{ sums.year[0] }} as double) / nullif({{ sums.year[1] }}, 0) as nrr_last_12m,
        {{ bound_ratio(*sums.year, sign=-1, least=0) }} as nrr_last_12m_p05,
        {{ bound_ratio(*sums.year, sign=1, least=0) }} as nrr_last_12m_p95,
        case
            -- a yearly contract cannot be left before its end, so the first year shows growth and hardly a loss
            when judged.age_month < 12 then 'too_young'
            when judged.n_arr_known < judged.least_units or judged.level_z is null then 'too_few'
            -- more or less than what was there at the start
            when judged.level_false_call_rate > judged.false_call_rate_max then 'not_told_apart'
            when judged.level_z < 0 then 'decays'
            when judged.year_end_arr_cents > judged.year_ago_arr_cents then 'compounds'
            else 'peaked'
        end as trajectory,
        judged.n_revenue_known,
        {{ convert_to_major_units('judged.revenue_cents', 'reporting.exponent') }} as revenue_amount,
        judged.n_margin_known,
        {% for amount in ['margin_revenue', 'gross_margin'] -%}
            {{ convert_to_major_units('judged.' ~ amount ~ '_cents', 'reporting.exponent') }} as {{ amount }}_amount,
        {% endfor -%}
        -- where more was taken back than billed there is no rate
        case
            when judged.margin_revenue_cents > 0
                then cast({{ sums.margin[0] }} as double) / nullif({{ sums.margin[1] }}, 0)
        end as gross_margin_rate,
        case when judged.margin_revenue_cents > 0 then {{ bound_ratio(*sums.margin, sign=-1) }} end as gross_margin_rate_p05,
        case when judged.margin_revenue_cents > 0 then {{ bound_ratio(*sums.margin, sign=1) }} end as gross_margin_rate_p95,
        judged.n_support_known,
        {% for amount in ['support_arr', 'support_cost'] -%}
            {{ convert_to_major_units('judged.' ~ amount ~ '_cents', 'reporting.exponent') }} as {{ amount }}_amount,
        {% endfor -%}
        -- twelve times the cost of the month: a year's cost per ARR
        12 * cast({{ sums.support[0] }} as double) / nullif({{ sums.support[1] }}, 0) as support_cost_per_arr_year,
        12 * ({{ bound_ratio(*sums.support, sign=-1, least=0) }}) as support_cost_per_arr_year_p05,
        12 * ({{ bound_ratio(*sums.support, sign=1, least=0) }}) as support_cost_per_arr_year_p95,
        {% for ratio, (name, better, months) in beside.items() -%}
            {% set y, x = sums[ratio][0], sums[ratio][1] -%}
            {{ name }} - {{ months }} * cast(judged.{{ y }} + judged.rest_{{ y }} as double)
            / nullif(judged.{{ x }} + judged.rest_{{ x }}, 0) as {{ name }}_vs_company,
            {{ get_probability_better('judged.' ~ ratio ~ '_z', better) }} as {{ name }}_p_better,
        {% endfor -%}
        judged.n_observed - judged.n_stayed as n_events,
        {{ flag_low_support('(judged.n_observed - judged.n_stayed)') }} as is_low_support,
        {{ as_of_date() }} as as_of_date,
    from judged
    cross join reporting
    left join segments on judged.segment_id = segments.segment_id

)

select * from final
