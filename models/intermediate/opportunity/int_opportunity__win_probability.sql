-- One row per open opportunity and week (0 = the week that ends with the as-of day, 1 = the one before): probability
-- of being won, from the fitted coefficients applied to that week's features.
with weeks as (

    select * from {{ ref('int_opportunity__week') }}
    where week_index in (0, 1)

),

coefficients as (

    select * from {{ ref('stg_predictions__win_coefficient') }}

),

calibration as (

    select * from {{ ref('stg_predictions__win_calibration') }}

),

states as (

    select * from {{ ref('int_opportunity__state') }}
    where not is_closed

),

typed as (

    select
        weeks.opportunity_id,
        weeks.week_index,
        cast(1 as double) as intercept,
        -- where history does not tell the stage of a week, that of the as-of day stands in, so that no move is made up
        cast(coalesce(weeks.stage_position, states.stage_position) as double) as stage_position,
        round(cast(weeks.stage_age_days as double) / 7, 4) as stage_age_weeks,
        round(cast(weeks.deal_age_days as double) / 7, 4) as deal_age_weeks,
        cast(weeks.active_days_28d as double) as active_days_28d,
        cast(weeks.active_days_prior_56d as double) as active_days_prior_56d,
        cast(weeks.contacts_28d as double) as contacts_28d,
        cast(weeks.stakeholder_count as double) as stakeholder_count,
        cast(weeks.push_count as double) as push_count,
        cast(weeks.days_past_close_date as double) as days_past_close_date,
        cast(weeks.stage_moves_28d as double) as stage_moves_28d,
    from weeks
    inner join states on weeks.opportunity_id = states.opportunity_id

),

feature_values as (

    unpivot typed on columns(* exclude (opportunity_id, week_index)) into name feature value feature_value

),

linear as (

    select
        typed.opportunity_id,
        typed.week_index,
        sum(
            case
                when coefficients.feature = 'intercept' then coefficients.coefficient
                else
                    coefficients.coefficient
                    * (coalesce(feature_values.feature_value, coefficients.missing_value) - coefficients.centre)
                    / coefficients.scale
            end
            order by coefficients.feature
        ) as raw_logit,
    from typed
    cross join coefficients
    left join feature_values
        on
            typed.opportunity_id = feature_values.opportunity_id
            and typed.week_index = feature_values.week_index
            and coefficients.feature = feature_values.feature
    group by typed.opportunity_id, typed.week_index

),

final as (

    select
        linear.opportunity_id,
        linear.week_index,
        -- without a single decided deal there is no rate to speak of
        case
            when calibration.n_won + calibration.n_lost > 0
                then calibration.slope * linear.raw_logit + calibration.intercept
        end as win_logit,
        round(1 / (1 + exp(-win_logit)), 6) as win_probability,
        calibration.model_version,
    from linear
    cross join calibration

)

select * from final
