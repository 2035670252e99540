-- One row per movement of the processor's balance in a complete month that cost something or gave some of it back: whose
-- payment it was. A fee kept from a charge, a refund or a dispute is the cost of collecting from that customer; the
-- processor's own bills, as movements of their own, are nobody's.
with movements as (

    select * from {{ ref('fct_cash_movement') }}

),

months as (

    select * from {{ ref('dim_month') }}

),

fees as (

    select
        movements.balance_transaction_id,
        movements.month_on,
        movements.transaction_type,
        movements.charge_id,
        movements.customer_id,
        movements.currency,
        -- a bill is an amount taken off the balance, any other fee is kept from the amount
        movements.fee_minor - case when movements.category = 'fee' then movements.amount_minor else 0 end as fee_minor,
        movements.fee_cents - case when movements.category = 'fee' then movements.amount_cents else 0 end as cost_cents,
    from movements
    inner join months on movements.month_on = months.month_on

),

final as (

    select
        balance_transaction_id,
        month_on,
        transaction_type,
        charge_id,
        customer_id,
        currency,
        cast(fee_minor as bigint) as fee_minor,
        cast(cost_cents as bigint) as cost_cents,
    from fees
    where fee_minor != 0

)

select * from final
