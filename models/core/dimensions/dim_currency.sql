-- One row per currency that bills or is reported in, with the decimals of its minor unit.
with currencies as (

    select * from {{ ref('int_revenue__currency') }}

),

final as (

    select
        currency,
        cast(exponent as integer) as exponent,
        is_reporting_currency,
    from currencies

)

select * from final
