-- One row: blended cost of acquiring a customer over the last twelve complete months. Null when the cost of a month is
-- unknown or no customer started; it is an average, not the cost of any one deal.
with acquisition_months as (

    select * from {{ ref('int_cost__acquisition_month') }}

),

last_year as (

    select
        cast(
            case when count(*) = count(acquisition_cost_cents) then sum(acquisition_cost_cents) end as bigint
        ) as acquisition_cost_cents,
        cast(sum(new_customers) as bigint) as new_customers,
    from acquisition_months
    where month_on > {{ add_months(last_complete_month(), -12) }}

),

final as (

    select
        acquisition_cost_cents,
        new_customers,
        {{ round_ratio('acquisition_cost_cents', 'nullif(new_customers, 0)') }} as cac_cents,
    from last_year

)

select * from final
