-- A failing row is a currency and month in which the fees on the balance and the fees taken as cost differ: a transaction
-- was lost or counted twice on the way to its charge. Does not say that a fee stands with the right customer.
{{ config(group="platform") }}
with months as (

    select * from {{ ref('dim_month') }}

),

on_the_balance as (

    select
        months.month_on,
        transactions.currency,
        sum(transactions.fee_minor) as fee_minor,
        -sum(transactions.amount_minor) filter (
            where coalesce(by_report.category, by_type.category) = 'fee'
        ) as billed_minor,
    from {{ ref('stg_stripe__balance_transaction') }} as transactions
    inner join months on cast(transactions.created_at as date) between months.month_on and months.month_end_on
    left join {{ ref('cash_category') }} as by_report
        on transactions.reporting_category = by_report.code and by_report.code_kind = 'reporting_category'
    left join {{ ref('cash_category') }} as by_type
        on transactions.transaction_type = by_type.code and by_type.code_kind = 'transaction_type'
    group by months.month_on, transactions.currency

),

as_cost as (

    select
        month_on,
        currency,
        sum(fee_minor) as fee_minor,
    from {{ ref('int_cost__payment_fee') }}
    group by month_on, currency

)

select
    coalesce(on_the_balance.month_on, as_cost.month_on) as month_on,
    coalesce(on_the_balance.currency, as_cost.currency) as currency,
    on_the_balance.fee_minor + coalesce(on_the_balance.billed_minor, 0) as balance_fee_minor,
    as_cost.fee_minor as cost_fee_minor,
from on_the_balance
full join as_cost on on_the_balance.month_on = as_cost.month_on and on_the_balance.currency = as_cost.currency
where coalesce(on_the_balance.fee_minor, 0) + coalesce(on_the_balance.billed_minor, 0) != coalesce(as_cost.fee_minor, 0)
