-- One row per currency that bills, with the number of decimals of its minor unit.
with prices as (

    select * from {{ ref('stg_stripe__price') }}

),

invoices as (

    select * from {{ ref('stg_stripe__invoice') }}

),

company_exponents as (

    select * from {{ ref('stg_finance__currency_exponent') }}

),

known_exponents as (

    select * from {{ ref('currency_exponent') }}

),

currencies as (

    select currency from prices
    union
    select currency from invoices
    union
    select '{{ var("reporting_currency") }}' as currency

),

final as (

    select
        currencies.currency,
        coalesce(company_exponents.exponent, known_exponents.exponent, 2) as exponent,
        currencies.currency = '{{ var("reporting_currency") }}' as is_reporting_currency,
    from currencies
    left join company_exponents on currencies.currency = company_exponents.currency
    left join known_exponents on currencies.currency = known_exponents.currency
    where currencies.currency is not null

)

select * from final
