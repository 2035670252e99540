-- One row per support group (null = every group) and validity period: loaded cost of an hour, in
-- ten-thousandths of the rate's currency.
with rates as (

    select * from {{ ref('stg_finance__support_rate') }}
    where valid_from_on <= {{ as_of_date() }}

),

-- Rates by role cannot be told apart on a ticket, so the roles of a group and day are averaged.
per_group as (

    select
        group_id,
        valid_from_on,
        min(currency) as currency,
        cast(sum(rate_per_hour * 10000) as hugeint) as rate_sum_e4,
        count(*) as n_rates,
    from rates
    group by group_id, valid_from_on

),

final as (

    select
        group_id,
        valid_from_on,
        coalesce(
            lead(valid_from_on) over (partition by group_id order by valid_from_on) - 1,
            date '9999-12-31'
        ) as valid_to_on,
        currency,
        {{ round_ratio('rate_sum_e4', 'n_rates') }} as rate_per_hour_e4,
    from per_group

)

select * from final
