-- One row per settlement currency and complete month: what came in at the payment processor, and what it paid out.
with cash as (

    select * from {{ ref('fct_cash_month') }}

),

currencies as (

    select * from {{ ref('dim_currency') }}

),

final as (

    select
        cash.month_on,
        cash.currency,
        cast(cash.n_movements as bigint) as n_movements,
        {{ convert_to_major_units('cash.opening_minor', 'currencies.exponent') }} as opening_amount,
        {{ convert_to_major_units('cash.payment_minor', 'currencies.exponent') }} as payment_amount,
        {{ convert_to_major_units('cash.refund_minor', 'currencies.exponent') }} as refund_amount,
        {{ convert_to_major_units('cash.dispute_minor', 'currencies.exponent') }} as dispute_amount,
        {{ convert_to_major_units('cash.fee_minor', 'currencies.exponent') }} as fee_amount,
        {{ convert_to_major_units('cash.other_minor', 'currencies.exponent') }} as other_amount,
        {{ convert_to_major_units('cash.off_net_minor', 'currencies.exponent') }} as off_net_amount,
        {{ convert_to_major_units('cash.net_minor', 'currencies.exponent') }} as net_amount,
        {{ convert_to_major_units('cash.payout_minor', 'currencies.exponent') }} as payout_amount,
        {{ convert_to_major_units('cash.closing_minor', 'currencies.exponent') }} as closing_amount,
    from cash
    inner join currencies on cash.currency = currencies.currency

)

select * from final
