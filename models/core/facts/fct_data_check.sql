-- One row per check on what this build could and could not know. `fail` never reaches a published file; `warn` wants a
-- person's eye; `info` says what is missing and therefore unknown.
with manifest as (

    select * from {{ source('landing', 'manifest') }}

),

identity_checks as (

    select * from {{ ref('int_identity__data_check') }}

),

support as (

    select * from {{ ref('int_cost__support_customer_month') }}

),

opportunities as (

    select * from {{ ref('fct_opportunity') }}

),

roi as (

    select * from {{ ref('fct_opportunity_roi') }}

),

currencies as (

    select * from {{ ref('int_revenue__currency') }}

),

rates as (

    select * from {{ ref('int_revenue__fx_rate_as_of') }}

),

absent_tables as (

    select
        'tables_absent' as check_name,
        'landing' as check_group,
        case when count(*) = 0 then 'pass' else 'info' end as status,
        count(*) as n_rows,
        coalesce(
            'Not delivered: ' || string_agg(source || '.' || table_name, ', ' order by source, table_name),
            'All tables delivered'
        ) as detail,
    from manifest
    where not is_present

),

unplaced_support as (

    select
        'support_cost_unplaced' as check_name,
        'economics' as check_group,
        case
            when count(*) = 0 then 'pass'
            when coalesce(sum(support_tickets) filter (where customer_id is null), 0) * 10 > sum(support_tickets) then 'warn'
            else 'pass'
        end as status,
        cast(coalesce(sum(support_tickets) filter (where customer_id is null), 0) as bigint) as n_rows,
        case
            when count(*) = 0 then 'No support data, so nothing to place'
            else
                'Tickets and months whose organisation has no CRM account, of '
                || cast(cast(sum(support_tickets) as bigint) as varchar) || '; their cost is in no customer'
        end as detail,
    from support

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

deals_without_history as (

    select
        'open_deals_without_history' as check_name,
        'opportunities' as check_group,
        case when count(*) filter (where not has_history) * 10 > count(*) then 'warn' else 'pass' end as status,
        count(*) filter (where not has_history) as n_rows,
        'Open deals without recorded stage history, of ' || count(*) as detail,
    from opportunities
    where is_open

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
    select * from absent_tables
    union all
    select * from unplaced_support
    union all
    select * from currencies_without_rate
    union all
    select * from identity_checks
    union all
    select * from deals_without_history
    union all
    select * from economics_unknown

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
