-- One row per ledger amount of a complete month: the pool it belongs to, and the amount in reporting-currency cents with a
-- cost, or revenue, above zero. Ledgers differ in sign (most book revenue as a credit, below zero), so the data decide: a
-- pool that sums to less than zero over all months is turned round as a whole, which leaves an account that takes back from
-- the others (refunds, reimbursements) taking back. A row for all segments that repeats the sum of the segments of its
-- account is their total and counts once.
with ledger as (

    select * from {{ ref('stg_finance__gl_monthly') }}

),

rules as (

    select * from {{ ref('ledger_account') }}

),

months as (

    select * from {{ ref('dim_month') }}

),

fx_rates as (

    select * from {{ ref('int_revenue__fx_rate_month') }}

),

reporting as (

    select exponent from {{ ref('int_revenue__currency') }}
    where is_reporting_currency

),

segment_sums as (

    select
        month_on,
        account_code,
        currency,
        sum(amount) as amount,
    from ledger
    where segment_key is not null
    group by month_on, account_code, currency

),

account_rules as (

    select
        accounts.account_code,
        min(rules.rule_order) as rule_order,
    from (select distinct account_code from ledger) as accounts
    inner join rules on lower(accounts.account_code) like rules.account_pattern
    group by accounts.account_code

),

translated as (

    select
        months.month_on,
        ledger.account_code,
        ledger.segment_key,
        ledger.currency,
        coalesce(rules.pool, 'unmapped') as pool,
        ledger.segment_key is null and coalesce(segment_sums.amount = ledger.amount, false) as is_total_of_segments,
        ledger.amount,
        rules.sign as stated_sign,
        {{ convert_to_minor_units('ledger.amount', 'fx_rates.rate_to_reporting', 'reporting.exponent') }} as booked_cents,
    from ledger
    inner join months on ledger.month_on = months.month_on
    cross join reporting
    left join account_rules on ledger.account_code = account_rules.account_code
    left join rules on account_rules.rule_order = rules.rule_order
    left join segment_sums
        on
            ledger.month_on = segment_sums.month_on
            and ledger.account_code = segment_sums.account_code
            and ledger.currency = segment_sums.currency
    left join fx_rates on ledger.currency = fx_rates.currency and months.month_on = fx_rates.month_on

),

-- what belongs to no pool is left as booked
pool_signs as (

    select
        pool,
        case when sum(booked_cents) < 0 then -1 else 1 end as found_sign,
    from translated
    where stated_sign is null and not is_total_of_segments and pool not in ('none', 'unmapped')
    group by pool

),

final as (

    select
        translated.month_on,
        translated.account_code,
        translated.segment_key,
        translated.currency,
        translated.pool,
        translated.is_total_of_segments,
        translated.amount,
        coalesce(translated.stated_sign, pool_signs.found_sign, 1) as sign,
        coalesce(translated.stated_sign, pool_signs.found_sign, 1) * translated.booked_cents as ledger_cents,
    from translated
    left join pool_signs on translated.pool = pool_signs.pool

)

select * from final
