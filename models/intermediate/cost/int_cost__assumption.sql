-- One row per planning assumption: its value, money translated to the reporting currency at the newest rate by the as-of
-- day. Without a rate the value is null, and what it would cost is unknown.
with assumptions as (

    select * from {{ ref('assumption') }}

),

rates as (

    select * from {{ ref('int_revenue__fx_rate_as_of') }}

),

final as (

    select
        assumptions.assumption_key,
        case
            when assumptions.currency is null then cast(assumptions.value as decimal(18, 4))
            else {{ convert_amount('assumptions.value', 'rates.rate_to_reporting') }}
        end as value,
    from assumptions
    left join rates on assumptions.currency = rates.currency

)

select * from final
