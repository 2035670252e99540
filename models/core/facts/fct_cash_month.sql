-- One row per settlement currency and complete month from its first movement on: the roll-forward of the processor's balance in
-- minor units. Payments, refunds, disputes and other movements less fees are the net before payouts; with the payouts they
-- are the change of the balance, which starts at zero with the first movement delivered.
with movements as (

    select * from {{ ref('fct_cash_movement') }}
    where month_on <= {{ last_complete_month() }}

),

rates as (

    select * from {{ ref('int_revenue__cash_rate_month') }}
    where is_complete_month

),

starts as (

    select
        currency,
        min(month_on) as first_month_on,
    from movements
    group by currency

),

summed as (

    select
        currency,
        month_on,
        count(*) as n_movements,
        sum(case when category = 'payment' then amount_minor else 0 end) as payment_minor,
        sum(case when category = 'refund' then amount_minor else 0 end) as refund_minor,
        sum(case when category = 'dispute' then amount_minor else 0 end) as dispute_minor,
        sum(case when category = 'other' then amount_minor else 0 end) as other_minor,
        -- taken from a movement, or billed as a movement of its own
        sum(fee_minor - case when category = 'fee' then amount_minor else 0 end) as fee_minor,
        sum(off_net_minor) as off_net_minor,
        sum(case when category = 'payout' then amount_minor else 0 end) as payout_minor,
    from movements
    group by currency, month_on

),

filled as (

    select
        rates.month_on,
        rates.currency,
        coalesce(summed.n_movements, 0) as n_movements,
        {% for measure in ['payment', 'refund', 'dispute', 'other', 'fee', 'off_net', 'payout'] -%}
            coalesce(summed.{{ measure }}_minor, 0) as {{ measure }}_minor,
        {% endfor -%}
    from rates
    inner join starts on rates.currency = starts.currency and rates.month_on >= starts.first_month_on
    left join summed on rates.currency = summed.currency and rates.month_on = summed.month_on

),

netted as (

    select
        *,
        payment_minor + refund_minor + dispute_minor + other_minor - fee_minor + off_net_minor as net_minor,
    from filled

),

final as (

    select
        month_on,
        currency,
        n_movements,
        cast(
            coalesce(
                sum(net_minor + payout_minor) over (
                    partition by currency order by month_on rows between unbounded preceding and 1 preceding
                ),
                0
            ) as bigint
        ) as opening_minor,
        {% for measure in ['payment', 'refund', 'dispute', 'fee', 'other', 'off_net', 'net', 'payout'] -%}
            cast({{ measure }}_minor as bigint) as {{ measure }}_minor,
        {% endfor -%}
        cast(
            sum(net_minor + payout_minor) over (
                partition by currency order by month_on rows between unbounded preceding and current row
            ) as bigint
        ) as closing_minor,
    from netted

)

select * from final
