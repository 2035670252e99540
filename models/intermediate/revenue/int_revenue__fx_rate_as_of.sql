-- One row per currency with a rate by the as-of day, the reporting currency included: newest rate to the reporting
-- currency.
with rates as (

    select * from {{ ref('int_revenue__fx_rate') }}

),

ranked as (

    select
        currency,
        rate_on,
        rate_to_reporting,
        row_number() over (partition by currency order by rate_on desc, direction_rank asc) as rate_rank,
    from rates
    where currency != '{{ var("reporting_currency") }}'

),

final as (

    select
        currency,
        rate_on,
        rate_to_reporting,
    from ranked
    where rate_rank = 1

    union all

    select
        '{{ var("reporting_currency") }}' as currency,
        {{ as_of_date() }} as rate_on,
        cast(1 as decimal(18, 8)) as rate_to_reporting,

)

select * from final
