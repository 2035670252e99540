-- One row per open opportunity: the terms of the three card formulas, from the averages of its segment. Money in the
-- reporting currency. A missing term is null and leaves its card null.
with opportunities as (

    select * from {{ ref('fct_opportunity') }}
    where is_open

),

segments as (

    select * from {{ ref('dim_segment') }}

),

draws as (

    select * from {{ ref('stg_predictions__lifecycle_draw') }}
    where start_age_months = 0

),

acquisition as (

    select * from {{ ref('int_cost__acquisition') }}

),

reporting as (

    select exponent from {{ ref('int_revenue__currency') }}
    where is_reporting_currency

),

assumptions as (

    select
        max(value) filter (where assumption_key = 'acceleration_hours') as acceleration_hours,
        max(value) filter (where assumption_key = 'seller_hour_cost') as seller_hour_cost,
    from {{ ref('int_cost__assumption') }}

),

expansion_sizes as (

    select
        segment_id,
        term_type,
        cast(sum(cast(round(expansion_value_per_arr * 1000000) as bigint)) as double) / 1000000 / count(*)
            as expansion_value_per_arr,
    from draws
    group by segment_id, term_type

),

final as (

    select
        opportunities.opportunity_id,
        opportunities.arr_amount as arr,
        cast(segments.gross_margin_rate_mean as decimal(9, 6)) as gross_margin_rate,
        cast(opportunities.arr_amount * segments.support_cost_per_arr_year_mean as decimal(18, 2)) as annual_support_cost,
        cast(segments.life_years_mean as decimal(9, 4)) as life_years,
        cast(segments.survival_12m_mean as decimal(9, 6)) as renewal_rate,
        case
            when opportunities.deal_type = 'new_business'
                then cast(
                    cast(acquisition.cac_cents as decimal(18, 2)) * power(10, -reporting.exponent) as decimal(18, 2)
                )
            else cast(0 as decimal(18, 2))
        end as cac,
        cast(segments.expand_prob_12m_mean as decimal(9, 6)) as expand_probability,
        cast(opportunities.arr_amount * expansion_sizes.expansion_value_per_arr as decimal(18, 2)) as expansion_value,
        cast(assumptions.acceleration_hours * assumptions.seller_hour_cost as decimal(18, 2)) as acceleration_cost,
        cast(0 as decimal(18, 2)) as added_support_cost,
        cast(opportunities.discount_pct as decimal(18, 4)) / 100 as concession_margin_rate,
    from opportunities
    cross join assumptions
    cross join acquisition
    cross join reporting
    left join segments on opportunities.segment_id = segments.segment_id
    left join expansion_sizes
        on opportunities.segment_id = expansion_sizes.segment_id and opportunities.term_type = expansion_sizes.term_type

)

select * from final
