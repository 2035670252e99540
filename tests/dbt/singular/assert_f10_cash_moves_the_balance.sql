-- A failing row is a month of a currency in which payments, refunds, disputes and other movements less fees are not the net
-- before payouts; in which the net and the payouts are not the change of the balance; in which opening is not the closing
-- before; or in which the balance does not move by what the delivered movements state as their net.
{{ config(group="platform") }}
with months as (

    select
        *,
        lag(closing_minor) over (partition by currency order by month_on) as previous_closing_minor,
    from {{ ref('fct_cash_month') }}

),

stated as (

    select
        currency,
        {{ month_start('created_at') }} as month_on,
        sum(net_minor) as net_minor,
    from {{ ref('stg_stripe__balance_transaction') }}
    where {{ was_known('created_at') }}
    group by currency, {{ month_start('created_at') }}

)

select
    coalesce(months.currency, stated.currency) as currency,
    coalesce(months.month_on, stated.month_on) as month_on,
    months.opening_minor,
    months.net_minor,
    months.payout_minor,
    months.closing_minor,
    stated.net_minor as stated_net_minor,
from months
full outer join stated on months.currency = stated.currency and months.month_on = stated.month_on
where
    coalesce(months.month_on, stated.month_on) <= {{ last_complete_month() }}
    and (
        months.month_on is null
        or months.payment_minor + months.refund_minor + months.dispute_minor - months.fee_minor + months.other_minor
        + months.off_net_minor != months.net_minor
        or months.opening_minor + months.net_minor + months.payout_minor != months.closing_minor
        or months.opening_minor != coalesce(months.previous_closing_minor, 0)
        or months.closing_minor - months.opening_minor != coalesce(stated.net_minor, 0)
    )
