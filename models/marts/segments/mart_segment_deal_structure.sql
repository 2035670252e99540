-- One row per segment (`all` and `unassigned` among them), structure dimension and band (`unknown` among them): how deals in the
-- band ended and what became of their customers in twelve months, what the band gives away by arithmetic, and, beside it and
-- never added to it, what one dose of the dimension does to leaving.
with structures as (

    select * from {{ ref('fct_segment_structure') }}

),

dimensions as (

    select * from {{ ref('structure_dimension') }}

),

segments as (

    select * from {{ ref('dim_segment') }}

),

effects as (

    select * from {{ ref('stg_predictions__concession_effect') }}
    where outcome = 'churned_12m'

),

limits as (

    {{ pick_limits(ref('pattern_limit'), ['false_call_rate_max', 'least_units']) }}

),

reporting as (

    select exponent from {{ ref('dim_currency') }}
    where is_reporting_currency

),

-- every dimension holds all deals, so the company stands in the bands of any one of them
company as (

    select
        structures.dimension,
        {{ total_deal_outcomes('structures') }},
    from structures
    where structures.segment_id = 'all'
    group by structures.dimension

),

-- what a band is beside the other bands of its own segment, which the segment cannot explain
segment_totals as (

    select
        structures.segment_id,
        structures.dimension,
        {{ total_deal_outcomes('structures') }},
    from structures
    group by structures.segment_id, structures.dimension

),

scored as (

    select
        structures.*,
        {{ score_outcomes('structures', 'company') }},
        {{ compare_share(
            'structures.n_won', 'structures.n_deals', '(company.n_won - structures.n_won)', '(company.n_deals - structures.n_deals)'
        ) }} as win_rate_z,
        cast(company.n_won as double) / nullif(company.n_deals, 0) as win_rate_company,
        {{ score_in_segment('structures', 'segment_totals', ['churn_12m_rate', 'expansion_12m_rate', 'nrr_12m']) }},
    from structures
    inner join company on structures.dimension = company.dimension
    inner join segment_totals
        on structures.segment_id = segment_totals.segment_id and structures.dimension = segment_totals.dimension

),

looked_at as (

    select
        *,
        {{ adjust_outcomes() }},
    from scored

),

called as (

    select
        *,
        {{ rate_outcome_calls() }},
    from looked_at

),

final as (

    select
        structures.segment_id,
        coalesce(segments.segment_name, case structures.segment_id when 'all' then 'All deals' else 'Unassigned' end)
            as segment_name,
        structures.dimension,
        structures.band,
        structures.band_order,
        structures.band_name,
        dimensions.unit as dimension_unit,
        structures.n_deals,
        structures.n_won,
        cast(structures.n_won as double) / nullif(structures.n_deals, 0) as win_rate,
        {{ bound_share('structures.n_won', 'structures.n_deals', -1) }} as win_rate_p05,
        {{ bound_share('structures.n_won', 'structures.n_deals', 1) }} as win_rate_p95,
        win_rate - structures.win_rate_company as win_rate_vs_company,
        {{ get_probability_better('structures.win_rate_z', 'higher') }} as win_rate_p_better,
        structures.n_mature_12m,
        {{ show_outcomes('structures', 'company', 'limits', left_out=['n_mature_12m']) }},
        {% for name in ['churn_12m_rate', 'expansion_12m_rate', 'nrr_12m'] -%}
            case
                when structures.segment_id != 'all'
                    then {{ get_probability_better('structures.' ~ name ~ '_in_segment_z', list_deal_outcomes()[name].better) }}
            end as {{ name }}_p_better_in_segment,
        {% endfor -%}
        structures.n_bills_paid_12m,
        structures.days_to_pay_12m,
        cast(structures.days_to_pay_12m as double) / nullif(structures.n_bills_paid_12m, 0) as days_to_pay,
        {{ bound_ratio(
            'structures.days_to_pay_12m', 'structures.n_bills_paid_12m', 'structures.pay_yy',
            'structures.pay_xy', 'structures.pay_xx', 'structures.n_payers_12m', -1
        ) }} as days_to_pay_p05,
        {{ bound_ratio(
            'structures.days_to_pay_12m', 'structures.n_bills_paid_12m', 'structures.pay_yy',
            'structures.pay_xy', 'structures.pay_xx', 'structures.n_payers_12m', 1
        ) }} as days_to_pay_p95,
        structures.n_accounted,
        {{ convert_to_major_units('structures.accounted_annual_cents', 'reporting.exponent') }} as accounted_annual_amount,
        -{{ convert_to_major_units('structures.accounting_given_up_cents', 'reporting.exponent') }} as accounting_effect_amount,
        0 - cast(structures.accounting_given_up_cents as double) / nullif(structures.accounted_annual_cents, 0)
            as accounting_effect_per_arr,
        effects.dose_phrase,
        case
            when dimensions.effect_family = 'none' then 'not_estimated'
            else coalesce(effects.identification, 'not_identified')
        end as identification,
        -- a segment without a single deal has no row among the effects
        case
            when dimensions.effect_family != 'none' then coalesce(effects.identification_reason, 'no deals')
        end as identification_reason,
        effects.effect_mean as behavioural_effect_mean,
        effects.effect_p05 as behavioural_effect_p05,
        effects.effect_p50 as behavioural_effect_p50,
        effects.effect_p95 as behavioural_effect_p95,
        effects.effect_points_mean as behavioural_effect_points_mean,
        effects.association_mean,
        effects.association_p05,
        effects.association_p95,
        effects.overlap_share,
        effects.robustness_value,
        effects.e_value,
        effects.fallback_level,
        structures.n_mature_12m as n_observed,
        structures.n_churned_12m as n_events,
        {{ flag_low_support('structures.n_churned_12m') }} as is_low_support,
        effects.model_version,
        {{ as_of_date() }} as as_of_date,
    from called as structures
    inner join company on structures.dimension = company.dimension
    inner join dimensions on structures.dimension = dimensions.dimension
    cross join reporting
    cross join limits
    left join segments on structures.segment_id = segments.segment_id
    left join effects
        on structures.segment_id = effects.segment_id and structures.dimension = effects.concession_type

)

select * from final
