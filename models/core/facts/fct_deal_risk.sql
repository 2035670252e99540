-- One row per decided new-business deal: which early signs of risk it showed before the close, and which of the later troubles it
-- had.
with deals as (

    select * from {{ ref('fct_deal_outcome') }}

),

signs as (

    select * from {{ ref('int_opportunity__risk_sign') }}

),

indicators as (

    select * from {{ ref('dim_risk_indicator') }}
    where kind = 'single'

),

margins as (

    select * from {{ ref('int_lifecycle__margin_change') }}

),

forecasts as (

    select * from {{ ref('int_opportunity__forecast_miss') }}

),

patterns as (

    select
        signs.opportunity_id,
        string_agg(
            case
                when signs.is_present then '1'
                when not signs.is_present then '0'
                when signs.is_recorded then '?'
                else '-'
            end, '' order by indicators.place_a
        ) as sign_pattern,
        string_agg(signs.indicator, '+' order by indicators.place_a) filter (where signs.is_present) as signs_present,
    from signs
    inner join indicators on signs.indicator = indicators.indicator
    group by signs.opportunity_id

),

final as (

    select
        deals.opportunity_id,
        deals.segment_id,
        deals.is_won,
        deals.is_mature_12m,
        patterns.sign_pattern,
        coalesce(patterns.signs_present, 'none') as signs_present,
        deals.has_churned_12m as has_churn,
        not deals.has_reached_value_180d as has_stalled_adoption,
        not deals.has_expanded_12m as has_failed_expansion,
        case when deals.is_mature_12m then margins.has_margin_eroded end as has_margin_erosion,
        forecasts.has_missed_forecast as has_forecast_miss,
    from deals
    inner join patterns on deals.opportunity_id = patterns.opportunity_id
    inner join forecasts on deals.opportunity_id = forecasts.opportunity_id
    left join margins on deals.customer_id = margins.customer_id

)

select * from final
