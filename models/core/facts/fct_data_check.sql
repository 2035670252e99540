-- One row per check on what this build could and could not know. `fail` never reaches a published file; `warn` wants a
-- person's eye; `info` says what is missing and therefore unknown. The checks of an area stand beside its models.
with roi as (

    select * from {{ ref('fct_opportunity_roi') }}

),

currencies as (

    select * from {{ ref('int_revenue__currency') }}

),

rates as (

    select * from {{ ref('int_revenue__fx_rate_as_of') }}

),

currencies_without_rate as (

    select
        'currencies_without_rate' as check_name,
        'economics' as check_group,
        case when count(*) = 0 then 'pass' else 'warn' end as status,
        count(*) as n_rows,
        coalesce(
            'No rate to {{ var("reporting_currency") }} by {{ var("as_of_date") }} for '
            || string_agg(currencies.currency, ', ' order by currencies.currency) || '; their amounts are unknown',
            'Every billing currency has a rate'
        ) as detail,
    from currencies
    left join rates on currencies.currency = rates.currency
    where rates.currency is null

),

economics_unknown as (

    select
        'open_deals_economics_unknown' as check_name,
        'economics' as check_group,
        case
            when count(*) filter (where economics_status = 'unknown') * 4 > count(*) then 'warn'
            else 'pass'
        end as status,
        count(*) filter (where economics_status = 'unknown') as n_rows,
        'Open deals whose ROI is unknown (no amount, rate, segment or margin), of ' || count(*) as detail,
    from roi

),

backtest as (

    select
        check_name,
        'model' as check_group,
        status,
        n_observed as n_rows,
        detail,
    from {{ ref('stg_predictions__backtest_verdict') }}

),

missing_areas as (

    select explained.check_name
    from {{ ref('coverage_explains') }} as explained
    inner join {{ ref('fct_coverage_area') }} as areas on explained.area = areas.area
    where not areas.is_delivered
    group by explained.check_name

),

unioned as (

    select * from {{ ref('fct_coverage_check') }}
    union all
    select * from {{ ref('int_landing__data_check') }}
    union all
    select * from {{ ref('int_identity__data_check') }}
    union all
    select * from {{ ref('int_opportunity__data_check') }}
    union all
    select * from {{ ref('int_opportunity__subscription_check') }}
    union all
    select * from {{ ref('int_revenue__data_check') }}
    union all
    select * from {{ ref('int_revenue__finance_check') }}
    union all
    select * from {{ ref('int_revenue__cash_check') }}
    union all
    select * from {{ ref('int_cost__support_check') }}
    union all
    select * from {{ ref('int_cost__data_check') }}
    union all
    select * from {{ ref('int_ledger__data_check') }}
    union all
    select * from {{ ref('int_opportunity__play_check') }}
    union all
    select * from currencies_without_rate
    union all
    select * from economics_unknown
    union all
    select * from backtest

),

final as (

    select
        unioned.check_name,
        unioned.check_group,
        -- what the absence of an area brings about is said once, by the area
        case
            when unioned.status = 'warn' and missing_areas.check_name is not null then 'info'
            else unioned.status
        end as status,
        unioned.n_rows,
        unioned.detail,
    from unioned
    left join missing_areas on unioned.check_name = missing_areas.check_name

)

select * from final
