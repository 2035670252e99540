-- One row per segment, with `all` and `unassigned`: what one customer like those that started in the last twelve months is
-- worth, by the card formula and by the survival value, before what it costs to win it. Reporting-currency cents. The
-- survival value comes from 500 draws for the contract terms of those customers, so its interval is of the average
-- customer and not of one. Life is seen up to five years.
with years as (

    select * from {{ ref('fct_segment_year') }}

),

kpis as (

    select * from {{ ref('stg_predictions__segment_kpi') }}

),

draws as (

    select * from {{ ref('stg_predictions__lifecycle_draw') }}
    where start_age_months = 0

),

customers as (

    select * from {{ ref('int_lifecycle__customer') }}
    where start_month_on > {{ add_months(last_complete_month(), -12) }}

),

customer_segments as (

    select * from {{ ref('int_lifecycle__customer_segment') }}

),

wide_kpis as (

    select
        segment_id,
        max(mean) filter (where metric = 'life_years') as life_years_mean,
        max(p05) filter (where metric = 'life_years') as life_years_p05,
        max(p95) filter (where metric = 'life_years') as life_years_p95,
        max(mean) filter (where metric = 'survival_12m') as renewal_rate,
        max(mean) filter (where metric = 'gross_margin_rate') as gross_margin_rate,
        max(mean) filter (where metric = 'margin_per_arr_year') as margin_per_arr_year,
        max(mean) filter (where metric = 'support_cost_per_arr_year') as support_cost_per_arr_year,
        max(n_observed) filter (where metric = 'life_years') as n_observed,
        max(n_events) filter (where metric = 'life_years') as n_events,
        max(model_version) as model_version,
    from kpis
    group by segment_id

),

started_terms as (

    select
        customer_segments.segment_id,
        customers.term_type,
        count(*) as n_started,
    from customers
    inner join customer_segments on customers.customer_id = customer_segments.customer_id
    group by customer_segments.segment_id, customers.term_type

    union all

    select
        'all' as segment_id,
        term_type,
        count(*) as n_started,
    from customers
    group by term_type

),

starting as (

    select
        segment_id,
        starting_arr_cents,
        n_new_customers,
        {{ round_ratio('starting_arr_cents', 'nullif(n_new_customers, 0)') }} as starting_arr_per_customer_cents,
    from years

),

-- whole millionths per draw and term: integer sums do not depend on the order of threads
per_draw as (

    select
        draws.segment_id,
        draws.draw_id,
        bool_or(draws.support_cost_per_arr is null) as is_support_unknown,
        count(*) = count(draws.margin_per_arr * draws.alive_years_disc + draws.expansion_margin_per_arr) as is_known,
        sum(
            started_terms.n_started * cast(
                round(
                    (
                        draws.margin_per_arr * draws.alive_years_disc + draws.expansion_margin_per_arr
                        - coalesce(draws.support_cost_per_arr, 0)
                    ) * 1000000
                ) as bigint
            )
        ) as sum_value_per_arr_e6,
        sum(started_terms.n_started) as n_started,
    from draws
    inner join started_terms on draws.segment_id = started_terms.segment_id and draws.term_type = started_terms.term_type
    group by draws.segment_id, draws.draw_id

),

in_cents as (

    select
        per_draw.segment_id,
        per_draw.is_support_unknown,
        {{ round_ratio(
            'cast(per_draw.sum_value_per_arr_e6 as hugeint) * starting.starting_arr_per_customer_cents',
            'cast(per_draw.n_started as hugeint) * 1000000'
        ) }} as value_cents,
    from per_draw
    inner join starting on per_draw.segment_id = starting.segment_id
    where per_draw.is_known and starting.starting_arr_per_customer_cents is not null

),

survival_values as (

    select
        segment_id,
        bool_or(is_support_unknown) as is_support_unknown,
        {{ round_ratio('sum(value_cents)', 'nullif(count(*), 0)') }} as mean_cents,
        cast(round(quantile_cont(value_cents, 0.05)) as bigint) as p05_cents,
        cast(round(quantile_cont(value_cents, 0.95)) as bigint) as p95_cents,
    from in_cents
    group by segment_id

),

terms as (

    select
        starting.segment_id,
        starting.starting_arr_per_customer_cents,
        cast(wide_kpis.gross_margin_rate as decimal(9, 6)) as gross_margin_rate,
        cast(wide_kpis.margin_per_arr_year as decimal(12, 6)) as margin_per_arr_year,
        cast(
            round(starting.starting_arr_per_customer_cents * cast(wide_kpis.support_cost_per_arr_year as decimal(12, 6)))
            as bigint
        ) as annual_support_cents,
        cast(wide_kpis.life_years_mean as decimal(9, 4)) as life_years_mean,
        cast(wide_kpis.life_years_p05 as decimal(9, 4)) as life_years_p05,
        cast(wide_kpis.life_years_p95 as decimal(9, 4)) as life_years_p95,
        cast(wide_kpis.renewal_rate as decimal(9, 6)) as renewal_rate,
        wide_kpis.n_observed,
        wide_kpis.n_events,
        wide_kpis.model_version,
    from starting
    left join wide_kpis on starting.segment_id = wide_kpis.segment_id

),

final as (

    select
        terms.segment_id,
        terms.starting_arr_per_customer_cents,
        terms.gross_margin_rate,
        terms.annual_support_cents,
        terms.renewal_rate,
        terms.life_years_mean,
        terms.life_years_p05,
        terms.life_years_p95,
        cast(
            round(
                terms.starting_arr_per_customer_cents * terms.margin_per_arr_year - terms.annual_support_cents
            ) as bigint
        ) as annual_contribution_cents,
        cast(
            round(
                {{ card_entry_value(
                    'terms.starting_arr_per_customer_cents', 'terms.gross_margin_rate', 'terms.annual_support_cents',
                    'terms.life_years_mean', 'terms.renewal_rate', '0'
                ) }}
            ) as bigint
        ) as ltv_card_cents,
        survival_values.mean_cents as ltv_survival_mean_cents,
        survival_values.p05_cents as ltv_survival_p05_cents,
        survival_values.p95_cents as ltv_survival_p95_cents,
        survival_values.is_support_unknown,
        cast(coalesce(terms.n_observed, 0) as bigint) as n_observed,
        cast(coalesce(terms.n_events, 0) as bigint) as n_events,
        terms.model_version,
    from terms
    left join survival_values on terms.segment_id = survival_values.segment_id

)

select * from final
