-- One row per segment (`unassigned` and `all` among them), horizon and unknown: how much of the doubt about the company's
-- forecast it is responsible for, and how narrow the forecast would be if it were known. Shares are additive over segments
-- (without `all`) and over the unknowns of one measure; widths are not, and nothing is additive over measures or horizons.
with forecasts as (

    select * from {{ ref('fct_forecast') }}

),

spreads as (

    select * from {{ ref('fct_forecast_spread') }}

),

unknowns as (

    select * from {{ ref('forecast_unknown') }}

),

segments as (

    select * from {{ ref('dim_segment') }}

),

reporting as (

    select exponent from {{ ref('dim_currency') }}
    where is_reporting_currency

),

measures as (

    select distinct measure
    from unknowns

),

company as (

    select
        unknowns.measure,
        forecasts.horizon_months,
        case unknowns.measure
            when 'arr' then forecasts.realised_p95_cents - forecasts.realised_p05_cents
            else forecasts.contribution_p95_cents - forecasts.contribution_p05_cents
        end as range_cents,
    from forecasts
    cross join measures as unknowns
    where forecasts.segment_id = 'all'

),

totals as (

    select * from spreads
    where segment_id = 'all' and unknown = 'all'

),

measured as (

    select
        forecasts.segment_id,
        forecasts.horizon_months,
        unknowns.measure,
        unknowns.unknown,
        unknowns.unknown_order,
        unknowns.unknown_name,
        unknowns.source,
        unknowns.family,
        unknowns.resolved_by,
        company.range_cents as company_range_cents,
        -- where there is no deal, or no customer, nothing about them is unknown
        case
            when spreads.unknown is not null or case unknowns.source
                when 'pipeline' then forecasts.n_open_deals = 0
                else forecasts.n_customers = 0
            end then cast(coalesce(spreads.explained_n2, 0) as double) / nullif(totals.explained_n2, 0)
        end as spread_share,
        cast(coalesce(spreads.removed_n2, 0) as double) / nullif(totals.explained_n2, 0) as removed_share,
    from forecasts
    cross join unknowns
    inner join company
        on forecasts.horizon_months = company.horizon_months and unknowns.measure = company.measure
    left join totals on forecasts.horizon_months = totals.horizon_months and unknowns.measure = totals.measure
    left join spreads
        on
            forecasts.segment_id = spreads.segment_id
            and forecasts.horizon_months = spreads.horizon_months
            and unknowns.unknown = spreads.unknown

),

known as (

    select
        *,
        case
            when spread_share is not null
                then cast(round(company_range_cents * sqrt(greatest(1 - removed_share, 0))) as bigint)
        end as company_range_if_known_cents,
    from measured

),

final as (

    select
        known.segment_id,
        {{ name_group('known.segment_id', 'segments.segment_name') }} as segment_name,
        known.horizon_months,
        known.measure,
        known.unknown,
        known.unknown_order,
        known.unknown_name,
        known.source,
        known.family,
        known.resolved_by,
        known.spread_share,
        {{ convert_to_major_units('known.company_range_cents', 'reporting.exponent') }} as company_range_amount,
        {{ convert_to_major_units('known.company_range_if_known_cents', 'reporting.exponent') }}
            as company_range_if_known_amount,
        {{ convert_to_major_units('known.company_range_cents - known.company_range_if_known_cents', 'reporting.exponent') }}
            as range_reduction_amount,
        -- `all` has an order of its own: which unknown, and beside it which unknown of which segment
        cast(
            case
                when known.spread_share is not null
                    then
                        row_number() over (
                            partition by known.horizon_months, known.measure, known.segment_id = 'all'
                            order by
                                known.company_range_if_known_cents asc nulls last, known.segment_id asc, known.unknown_order asc
                        )
            end as integer
        ) as resolve_first_rank,
        {{ as_of_date() }} as as_of_date,
    from known
    cross join reporting
    left join segments on known.segment_id = segments.segment_id

)

select * from final
