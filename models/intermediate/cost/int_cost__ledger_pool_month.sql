-- One row per pool and complete month for which the ledger has an amount: what the ledger says, in reporting-currency
-- cents; null when one of its amounts has no rate.
with ledger_lines as (

    select * from {{ ref('int_cost__ledger_line') }}
    where not is_total_of_segments

),

final as (

    select
        pool,
        month_on,
        count(distinct account_code) as n_accounts,
        count(*) filter (where ledger_cents is null) as n_without_rate,
        cast(case when count(*) = count(ledger_cents) then sum(ledger_cents) end as bigint) as ledger_cents,
    from ledger_lines
    group by pool, month_on

)

select * from final
