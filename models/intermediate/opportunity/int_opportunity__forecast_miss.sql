-- One row per decided new-business deal: how far the decision lay from the first stated plan, in days and in amount. Only a
-- history that reaches back to the creation knows the first plan. Only won deals miss or keep it: a lost deal shows the signs
-- that it lived long enough to show, so that how far it came would pass for what they do.
with deals as (

    select * from {{ ref('int_opportunity__state') }}
    where is_closed and deal_type = 'new_business'

),

features as (

    select * from {{ ref('int_opportunity__segment_feature') }}

),

limits as (

    {{ pick_limits(ref('risk_limit'), {'forecast_late_days': 'late_days', 'forecast_volume_min': 'volume_min'}) }}

),

first_plans as (

    select
        opportunity_id,
        arg_min(close_on, change_order) as planned_close_on,
        arg_min(amount, change_order) filter (where amount > 0) as planned_amount,
        arg_min(currency, change_order) filter (where amount > 0) as planned_currency,
    from {{ ref('int_opportunity__event') }}
    where is_complete and not is_closed
    group by opportunity_id

),

measured as (

    select
        deals.opportunity_id,
        deals.is_won,
        first_plans.planned_close_on,
        {{ days_between('first_plans.planned_close_on', 'deals.closed_at') }} as days_late,
        -- a price given away is a sign of its own, so that it would explain itself
        case
            when deals.is_won and deals.currency = coalesce(first_plans.planned_currency, deals.currency)
                then round(
                    cast(deals.decided_amount as double) / nullif(cast(first_plans.planned_amount as double), 0)
                    / nullif(1 - features.discount_pct / 100, 0), 6
                )
        end as volume_share,
    from deals
    left join first_plans on deals.opportunity_id = first_plans.opportunity_id
    left join features on deals.opportunity_id = features.opportunity_id

),

final as (

    select
        measured.opportunity_id,
        measured.planned_close_on,
        measured.days_late,
        measured.volume_share,
        -- where amounts cannot be compared, the date alone decides
        case
            when measured.is_won and measured.days_late is not null
                then measured.days_late > limits.late_days or coalesce(measured.volume_share < limits.volume_min, false)
        end as has_missed_forecast,
    from measured
    cross join limits

)

select * from final
