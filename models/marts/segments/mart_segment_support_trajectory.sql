-- One row per segment (`all` = every customer) and month of age from 0 to 59: what support costs and what gross margin
-- leaves, of customers of that age, each with a 90 % interval. In the reporting currency. Unknown stays null: a company
-- without tickets or without margins has no rate of nothing.
with curves as (

    select * from {{ ref('stg_predictions__money_curve') }}

),

segments as (

    select * from {{ ref('dim_segment') }}

),

reporting as (

    select exponent from {{ ref('dim_currency') }}
    where is_reporting_currency

),

evidence as (

    -- without a single amount the curve holds nothing but its prior
    select sum(n_margin_known) + sum(n_support_known) > 0 as has_amounts
    from curves

),

final as (

    select
        curves.segment_id,
        {{ name_group('curves.segment_id', 'segments.segment_name') }} as segment_name,
        curves.age_month,
        curves.support_cost_mean as support_cost_per_arr_year_mean,
        curves.support_cost_p05 as support_cost_per_arr_year_p05,
        curves.support_cost_p95 as support_cost_per_arr_year_p95,
        case
            when curves.support_fallback_level in ('segment', 'partly_pooled')
                then curves.support_cost_mean - company.support_cost_mean
        end as support_cost_per_arr_year_vs_company,
        case
            when curves.support_fallback_level in ('segment', 'partly_pooled') then curves.support_cost_p_better
        end as support_cost_per_arr_year_p_better,
        {% for statistic in ['mean', 'p05', 'p95'] -%}
            try_cast(
                cast(round(curves.customer_month_cost_{{ statistic }}) as decimal(18, 0))
                * cast(power(10, -reporting.exponent) as decimal(9, 6)) as decimal(18, 3)
            ) as support_cost_per_customer_month_{{ statistic }},
        {% endfor -%}
        curves.margin_mean as gross_margin_rate_mean,
        curves.margin_p05 as gross_margin_rate_p05,
        curves.margin_p95 as gross_margin_rate_p95,
        case
            when curves.margin_fallback_level in ('segment', 'partly_pooled') then curves.margin_mean - company.margin_mean
        end as gross_margin_rate_vs_company,
        case
            when curves.margin_fallback_level in ('segment', 'partly_pooled') then curves.margin_p_better
        end as gross_margin_rate_p_better,
        curves.n_support_known as n_observed,
        curves.n_margin_known,
        {{ flag_low_support('curves.n_support_known') }} as is_low_support,
        curves.support_fallback_level as fallback_level,
        curves.margin_fallback_level,
        curves.is_extrapolated,
        curves.model_version,
        {{ as_of_date() }} as as_of_date,
    from curves
    cross join reporting
    cross join evidence
    left join curves as company on company.segment_id = 'all' and curves.age_month = company.age_month
    left join segments on curves.segment_id = segments.segment_id
    where evidence.has_amounts

)

select * from final
