-- One row per dated rate that leads to the reporting currency, as units of it per unit of the other. Rates stated the
-- other way round are inverted and rank after direct ones of the same day.
with rates as (

    select * from {{ ref('stg_finance__fx_rate') }}
    where rate_on <= {{ as_of_date() }}

),

direct_rates as (

    select
        rate_on,
        from_currency as currency,
        cast(rate as decimal(18, 8)) as rate_to_reporting,
        1 as direction_rank,
    from rates
    where to_currency = '{{ var("reporting_currency") }}' and rate > 0

),

inverse_rates as (

    select
        rate_on,
        to_currency as currency,
        cast(1 / rate as decimal(18, 8)) as rate_to_reporting,
        2 as direction_rank,
    from rates
    where from_currency = '{{ var("reporting_currency") }}' and rate > 0

),

final as (

    select * from direct_rates
    union all
    select * from inverse_rates

)

select * from final
