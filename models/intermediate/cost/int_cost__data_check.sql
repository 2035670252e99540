-- One row per check on costs: what has no rate, what reaches no customer, what the ledger knows and nobody mapped, and
-- lines that look odd, in the shape of fct_data_check.
with cost_lines as (

    select * from {{ ref('stg_marketing__gtm_cost_monthly') }}
    where cost_month_on <= {{ last_complete_month() }}

),

gtm_lines as (

    select * from {{ ref('int_cost__gtm_line') }}

),

campaign_costs as (

    select * from {{ ref('int_cost__campaign_cost_month') }}

),

acquisition_costs as (

    select * from {{ ref('fct_acquisition_cost') }}

),

acquisition_items as (

    select * from {{ ref('int_cost__acquisition_item') }}

),

payment_fees as (

    select * from {{ ref('int_cost__payment_fee') }}

),

pool_months as (

    select * from {{ ref('fct_cost_pool_month') }}

),

reporting as (

    select exponent from {{ ref('int_revenue__currency') }}
    where is_reporting_currency

),

ledger_lines as (

    select * from {{ ref('int_cost__ledger_line') }}
    where not is_total_of_segments

),

off_limits as (

    select
        -- a limit that is missing allows nothing
        coalesce(max(warn_above_pct) filter (where check_name = 'ledger_off_amount'), 0) as amount_pct,
        coalesce(max(warn_above_pct) filter (where check_name = 'ledger_off_months'), 0) as months_pct,
    from {{ ref('link_limit') }}

),

-- each pool by itself, so that one that is off cannot hide behind six that are not
ledger_pools as (

    select
        pool_months.pool,
        count(*) as n_months,
        count(*) filter (
            where abs(pool_months.variance_cents) * 100 > abs(pool_months.ledger_cents) * off_limits.amount_pct
        ) as n_months_off,
        sum(pool_months.ledger_cents) as ledger_cents,
        sum(pool_months.variance_cents) as variance_cents,
    from pool_months
    cross join off_limits
    where pool_months.variance_cents is not null
    group by pool_months.pool

),

pools_off as (

    select
        ledger_pools.pool,
        ledger_pools.n_months,
        ledger_pools.n_months_off,
        {{ convert_to_major_units('ledger_pools.variance_cents', 'reporting.exponent') }} as variance_amount,
        ledger_pools.n_months_off * 100 > ledger_pools.n_months * off_limits.months_pct
        or abs(ledger_pools.variance_cents) * 100 > abs(ledger_pools.ledger_cents) * off_limits.amount_pct as is_off,
    from ledger_pools
    cross join off_limits
    cross join reporting

),

without_rate as (

    select distinct
        currency,
        month_on,
    from acquisition_items
    where cost_cents is null
    union
    select distinct
        currency,
        month_on,
    from gtm_lines
    where cost_cents is null
    union
    select distinct
        currency,
        month_on,
    from payment_fees
    where cost_cents is null
    union
    select distinct
        currency,
        month_on,
    from ledger_lines
    where ledger_cents is null

),

unmapped as (

    select
        account_code,
        currency,
        sum(amount) as amount,
    from ledger_lines
    where pool = 'unmapped'
    group by account_code, currency

),

counts as (

    select
        'costs_without_rate' as check_name,
        count(*) as n_rows,
        greatest(count(*), 1) as n_all,
        coalesce(
            'No rate to {{ var("reporting_currency") }} for costs in '
            || string_agg(currency || ' of ' || strftime(month_on, '%Y-%m'), ', ' order by currency, month_on)
            || '; state one in finance.fx_rate. What they amount to is unknown until then',
            'Every cost has a rate'
        ) as detail,
    from without_rate

    union all

    select
        'cost_lines_below_zero' as check_name,
        count(*) filter (where amount < 0) as n_rows,
        count(*) as n_all,
        'Stated cost lines below zero; they reduce the cost of their month' as detail,
    from cost_lines

    union all

    select
        'cost_lines_before_first_month' as check_name,
        (select count(*) from cost_lines) - count(*) as n_rows,
        (select count(*) from cost_lines) as n_all,
        'Stated cost lines of months before the first subscription; no customer could be won in them' as detail,
    from gtm_lines

    union all

    select
        'cost_lines_in_no_pool' as check_name,
        count(*) filter (where cost_type not in ('marketing', 'sales', 'onboarding', 'other')) as n_rows,
        count(*) as n_all,
        'Stated cost lines of a type that is not marketing, sales, onboarding or other; they are in no cost. Types: '
        || coalesce(
            string_agg(distinct cost_type, ', ' order by cost_type) filter (
                where cost_type not in ('marketing', 'sales', 'onboarding', 'other')
            ), 'none'
        ) as detail,
    from gtm_lines

    union all

    select
        'campaign_costs_held_back' as check_name,
        count(distinct campaign_id) filter (where cost_fate != 'counted') as n_rows,
        count(distinct campaign_id) as n_all,
        'Campaigns whose stated actual cost is not counted, or not for every month, because advertising or stated cost '
        || 'lines hold it or may hold it' as detail,
    from campaign_costs

    union all

    select
        'acquisition_cost_unallocated' as check_name,
        count(distinct cost_item_id) filter (where customer_id is null) as n_rows,
        count(distinct cost_item_id) as n_all,
        'Costs of winning customers that no customer can be shown to have caused, of ' || count(distinct cost_item_id)
        || ' costs. Reasons: ' || coalesce(
            string_agg(distinct unallocated_reason, ', ' order by unallocated_reason), 'none'
        ) as detail,
    from acquisition_costs

    union all

    select
        'ledger_accounts_unmapped' as check_name,
        count(*) as n_rows,
        greatest(count(*), 1) as n_all,
        coalesce(
            'Ledger accounts that no row of ledger_account maps, with their sums: '
            || string_agg(account_code || ' ' || amount || ' ' || currency, ', ' order by account_code, currency)
            || '. Add a pattern, or map them to none',
            'Every ledger account is mapped'
        ) as detail,
    from unmapped

    union all

    select
        'ledger_off_the_documents' as check_name,
        count(*) filter (where is_off) as n_rows,
        count(*) as n_all,
        coalesce(
            'Ledger less documents, per pool in {{ var("reporting_currency") }}: ' || string_agg(
                pool || ' ' || variance_amount || ' (' || n_months_off || ' of ' || n_months || ' months off)', ', '
                order by pool
            ) filter (where is_off) || '. mart_cost_pool_month has the months',
            case when count(*) = 0 then 'No month of a pool is known both from the ledger and from documents' end,
            'No pool of ' || count(*) || ' differs from the ledger by more than its limits; see mart_cost_pool_month'
        ) as detail,
    from pools_off

),

final as (

    {{ grade_counts('counts', 'cost') }}

)

select * from final
