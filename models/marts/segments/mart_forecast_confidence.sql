-- One row per segment (`unassigned` and `all` among them) and horizon of 3, 6 and 12 months: what today's customers and open
-- pipeline will pay, between which ends, how much of the doubt about the company's forecast the segment is responsible for,
-- and how past forecasts of it came out. Counts, means and spread shares are additive over segments, but for `all`, which is
-- their sum; ends and widths of intervals are not, and nothing is additive over horizons.
with forecasts as (

    select * from {{ ref('fct_forecast') }}

),

spreads as (

    select * from {{ ref('fct_forecast_spread') }}

),

unknowns as (

    select * from {{ ref('mart_forecast_unknown') }}

),

segments as (

    select * from {{ ref('dim_segment') }}

),

evidence as (

    select * from {{ ref('stg_predictions__segment_kpi') }}
    where metric = 'survival_12m'

),

past as (

    select * from {{ ref('fct_forecast_past') }}

),

reporting as (

    select exponent from {{ ref('dim_currency') }}
    where is_reporting_currency

),

company as (

    select * from forecasts
    where segment_id = 'all'

),

company_spreads as (

    select * from spreads
    where segment_id = 'all' and unknown = 'all'

),

ranked_unknowns as (

    select
        *,
        row_number() over (
            partition by segment_id, horizon_months order by spread_share desc nulls last, unknown_order asc
        ) as unknown_rank,
    from unknowns
    where measure = 'arr'

),

widths as (

    select
        forecasts.*,
        company.realised_p95_cents - company.realised_p05_cents as company_range_cents,
        -- without a deal and without a customer nothing of the segment is unknown
        {% for measure in ['arr', 'contribution'] -%}
            case
                when
                    {{ measure }}_spreads.unknown is not null
                    or (forecasts.n_customers = 0 and coalesce(forecasts.n_open_deals, 0) = 0)
                    or (forecasts.n_open_deals = 0 and coalesce(forecasts.n_customers, 0) = 0)
                    then
                        cast(coalesce({{ measure }}_spreads.explained_n2, 0) as double)
                        / nullif(company_{{ measure }}.explained_n2, 0)
            end as {{ measure }}_spread_share,
        {% endfor -%}
        cast(coalesce(arr_spreads.removed_n2, 0) as double) / nullif(company_arr.explained_n2, 0) as removed_share,
    from forecasts
    inner join company on forecasts.horizon_months = company.horizon_months
    {% for measure in ['arr', 'contribution'] -%}
        left join company_spreads as company_{{ measure }}
            on
                forecasts.horizon_months = company_{{ measure }}.horizon_months
                and company_{{ measure }}.measure = '{{ measure }}'
        left join spreads as {{ measure }}_spreads
            on
                forecasts.segment_id = {{ measure }}_spreads.segment_id
                and forecasts.horizon_months = {{ measure }}_spreads.horizon_months
                and {{ measure }}_spreads.measure = '{{ measure }}'
                and {{ measure }}_spreads.unknown = 'all'
    {% endfor %}

),

known as (

    select
        *,
        case
            when arr_spread_share is not null
                then cast(round(company_range_cents * sqrt(greatest(1 - removed_share, 0))) as bigint)
        end as company_range_if_known_cents,
    from widths

),

ordered as (

    select
        *,
        case
            when segment_id != 'all' and arr_spread_share is not null
                then
                    row_number() over (
                        partition by horizon_months, segment_id = 'all'
                        order by company_range_if_known_cents asc nulls last, segment_id asc
                    )
        end as resolve_first_rank,
    from known

),

final as (

    select
        ordered.segment_id,
        {{ name_group('ordered.segment_id', 'segments.segment_name') }} as segment_name,
        ordered.horizon_months,
        case
            when ordered.pipeline_mean_cents is not null and ordered.retained_mean_cents is not null
                then 'pipeline_and_customers'
            when ordered.pipeline_mean_cents is not null then 'pipeline_only'
            when ordered.retained_mean_cents is not null then 'customers_only'
            else 'unknown'
        end as forecast_scope,
        ordered.n_open_deals,
        ordered.n_deals_without_amount,
        ordered.n_deals_not_forecast,
        {{ convert_to_major_units('ordered.pipeline_arr_cents', 'reporting.exponent') }} as pipeline_arr_amount,
        cast(ordered.confidence_arr_e4 as double) / nullif(cast(ordered.placed_arr_cents as double) * 10000, 0)
            as pipeline_segment_confidence,
        ordered.n_customers,
        ordered.n_customers_without_arr,
        {{ convert_to_major_units('ordered.arr_now_cents', 'reporting.exponent') }} as arr_now_amount,
        {% for part in ['pipeline_mean', 'retained_mean', 'expansion_mean', 'forecast_mean'] -%}
            {{ convert_to_major_units('ordered.' ~ part ~ '_cents', 'reporting.exponent') }} as {{ part }}_amount,
        {% endfor -%}
        {% for family in ['expected', 'realised'] -%}
            {% for share in ['p05', 'p50', 'p95'] -%}
                {{ convert_to_major_units('ordered.' ~ family ~ '_' ~ share ~ '_cents', 'reporting.exponent') }}
                    as forecast_{{ family }}_{{ share }}_amount,
            {% endfor -%}
        {% endfor -%}
        ordered.arr_spread_share as spread_share,
        {{ convert_to_major_units('ordered.company_range_cents', 'reporting.exponent') }} as company_range_amount,
        {{ convert_to_major_units('ordered.company_range_if_known_cents', 'reporting.exponent') }}
            as company_range_if_known_amount,
        {{ convert_to_major_units(
            'ordered.company_range_cents - ordered.company_range_if_known_cents', 'reporting.exponent'
        ) }} as range_reduction_amount,
        cast(ordered.resolve_first_rank as integer) as resolve_first_rank,
        ranked_unknowns.unknown as largest_unknown,
        ranked_unknowns.unknown_name as largest_unknown_name,
        ranked_unknowns.spread_share as largest_unknown_spread_share,
        {% for part in ['contribution_mean', 'contribution_p05', 'contribution_p50', 'contribution_p95'] -%}
            {{ convert_to_major_units('ordered.' ~ part ~ '_cents', 'reporting.exponent') }} as {{ part }}_amount,
        {% endfor -%}
        ordered.contribution_spread_share,
        coalesce(past.past_status, 'not_scored') as past_status,
        past.past_n_origins,
        past.past_n_customers,
        past.past_left_expected,
        past.past_left_observed,
        past.past_left_observed_per_expected,
        past.past_left_n_intervals,
        past.past_left_interval_cover,
        past.past_left_skill,
        past.past_expanded_expected,
        past.past_expanded_observed,
        past.past_won_expected,
        past.past_won_observed,
        coalesce(cast(evidence.n_observed as bigint), 0) as n_observed,
        coalesce(cast(evidence.n_events as bigint), 0) as n_events,
        {{ flag_low_support('coalesce(evidence.n_events, 0)') }} as is_low_support,
        coalesce(evidence.maturity_status, 'prior_only') as maturity_status,
        evidence.model_version,
        {{ as_of_date() }} as as_of_date,
    from ordered
    cross join reporting
    left join segments on ordered.segment_id = segments.segment_id
    left join evidence on ordered.segment_id = evidence.segment_id
    left join past on ordered.segment_id = past.segment_id and ordered.horizon_months = past.horizon_months
    left join ranked_unknowns
        on
            ordered.segment_id = ranked_unknowns.segment_id
            and ordered.horizon_months = ranked_unknowns.horizon_months
            and ranked_unknowns.unknown_rank = 1
            and ranked_unknowns.spread_share is not null

)

select * from final
