-- One row per opportunity and week at whose end it was open: all that its value is computed from, as it was known then.
-- Reporting currency. What is unknown is null and leaves the value unknown.
with opportunities as (

    select * from {{ ref('int_opportunity__decision_week') }}
    where week_index > 0 or is_open_now

),

customers as (

    select * from {{ ref('int_lifecycle__customer') }}

),

assumptions as (

    select
        max(value) filter (where assumption_key = 'seller_hour_cost') as seller_hour_cost,
        max(value) filter (where assumption_key = 'delivery_hour_cost') as delivery_hour_cost,
        max(value) filter (where assumption_key = 'onboarding_base_hours') as onboarding_base_hours,
        max(value) filter (where assumption_key = 'onboarding_hours_per_customisation') as hours_per_customisation,
        max(value) filter (where assumption_key = 'onboarding_hours_per_integration') as hours_per_integration,
        max(value) filter (where assumption_key = 'selling_hours_per_stage') as selling_hours_per_stage,
        max(value) filter (where assumption_key = 'parked_win_retention') as parked_win_retention,
    from {{ ref('int_cost__assumption') }}

),

-- whole months that the customer of a further deal has been one; a deal that wins a customer starts at age 0
aged as (

    select
        opportunities.opportunity_id,
        opportunities.week_index,
        {{ months_between('customers.start_month_on', 'opportunities.snapshot_on') }} as age_months,
    from opportunities
    inner join customers on opportunities.account_id = customers.customer_id
    where opportunities.deal_type != 'new_business' and customers.start_month_on <= opportunities.snapshot_on

),

final as (

    select
        opportunities.opportunity_id,
        opportunities.week_index,
        opportunities.deal_type,
        opportunities.segment_id,
        opportunities.term_type,
        -- the nearest age that lives are valued from; a renewal is open for some months before its day
        cast(least((coalesce(aged.age_months, 0) + 6) // 12 * 12, 36) as integer) as start_age_months,
        opportunities.win_logit,
        opportunities.win_probability,
        -- a recorded amount of nothing is no amount
        case when opportunities.arr_amount >= 1 then opportunities.arr_amount end as arr_amount,
        assumptions.parked_win_retention,
        cast(assumptions.selling_hours_per_stage * coalesce(opportunities.stages_left, 3) as decimal(9, 2)) as hours_to_close,
        cast(
            assumptions.selling_hours_per_stage * coalesce(opportunities.stages_left, 3) * assumptions.seller_hour_cost
            as decimal(18, 2)
        ) as cost_to_close,
        cast(
            case
                when opportunities.deal_type != 'new_business' then 0
                -- greatest() passes over nulls: without this an hour of unknown cost would cost nothing
                when assumptions.delivery_hour_cost is not null then greatest(
                    assumptions.delivery_hour_cost * (
                        assumptions.onboarding_base_hours
                        + assumptions.hours_per_customisation * coalesce(opportunities.customisation_requests, 0)
                        + assumptions.hours_per_integration * coalesce(opportunities.integration_count, 0)
                    ) - coalesce(opportunities.services_amount, 0), 0
                )
            end as decimal(18, 2)
        ) as onboarding_cost,
    from opportunities
    cross join assumptions
    left join aged
        on opportunities.opportunity_id = aged.opportunity_id and opportunities.week_index = aged.week_index

)

select * from final
