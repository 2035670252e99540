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

ledger_lines as (

    select * from {{ ref('int_cost__ledger_line') }}
    where not is_total_of_segments

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
        count(*) filter (where abs(variance_cents) * 100 > abs(ledger_cents)) as n_rows,
        count(*) filter (where variance_cents is not null) as n_all,
        'Pools and months in which the ledger and the documents differ by more than one per cent, of '
        || count(*) filter (where variance_cents is not null) || '; the difference stands in fct_cost_pool_month' as detail,
    from pool_months

),

final as (

    {{ grade_counts('counts', 'cost') }}

)

select * from final
