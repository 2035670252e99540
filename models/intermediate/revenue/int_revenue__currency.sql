-- One row per currency in which something is billed, credited, paid or reported, with the number of decimals of its minor
-- unit.
with prices as (

    select * from {{ ref('stg_stripe__price') }}

),

invoices as (

    select * from {{ ref('stg_stripe__invoice') }}

),

credit_notes as (

    select * from {{ ref('stg_stripe__credit_note') }}

),

charges as (

    select * from {{ ref('stg_stripe__charge') }}

),

refunds as (

    select * from {{ ref('stg_stripe__refund') }}

),

disputes as (

    select * from {{ ref('stg_stripe__dispute') }}

),

transactions as (

    select * from {{ ref('stg_stripe__balance_transaction') }}

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
    select currency from credit_notes
    union
    select currency from charges
    union
    select currency from refunds
    union
    select currency from disputes
    union
    select currency from transactions
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
