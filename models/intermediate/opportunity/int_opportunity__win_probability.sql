-- One row per opportunity and decision week at whose end it was open (0 = the week that ends with the as-of day):
-- probability of being won, from the coefficients fitted today applied to that week's features. So past weeks of deals closed
-- since are told by a model that has learned from their outcome, and look surer than they were.
-- The arithmetic of a term is that of orchestration/inference/win_terms.py.
with windows as (

    select days
    from {{ ref('history_window') }}
    where window_key = 'decision'

),

weeks as (

    select features.*
    from {{ ref('int_opportunity__win_feature') }} as features
    inner join windows on features.week_index * 7 < windows.days

),

coefficients as (

    select * from {{ ref('stg_predictions__win_coefficient') }}

),

calibration as (

    select * from {{ ref('stg_predictions__win_calibration') }}

),

states as (

    select * from {{ ref('int_opportunity__state') }}

),

typed as (

    select
        weeks.opportunity_id,
        weeks.week_index,
        weeks.segment_id,
        -- where history does not tell the stage of a week of an open deal, that of the as-of day stands in, so that no move
        -- is made up; a closed deal's stage would tell how it ended
        coalesce(weeks.stage_position, case when not states.is_closed then cast(states.stage_position as double) end)
            as stage_position,
        weeks.stage_age_weeks,
        weeks.deal_age_weeks,
        weeks.active_days_28d,
        weeks.active_days_prior_56d,
        weeks.contacts_28d,
        weeks.stakeholder_count,
        weeks.push_count,
        weeks.days_past_close_date,
        weeks.stage_moves_28d,
        weeks.first_stage_position,
        weeks.planned_weeks,
        weeks.age_over_plan,
    from weeks
    inner join states on weeks.opportunity_id = states.opportunity_id

),

feature_values as (

    unpivot typed on columns(* exclude (opportunity_id, week_index, segment_id)) into name feature value feature_value

),

-- the row of a feature itself says what stands in for an unknown value and which range was learned from
inputs as (

    select * from coefficients
    where transform = 'value' and times_input is null

),

filled as (

    select
        typed.opportunity_id,
        typed.week_index,
        inputs.feature,
        least(
            greatest(coalesce(feature_values.feature_value, inputs.missing_value), inputs.lowest), inputs.highest
        ) as feature_value,
    from typed
    cross join inputs
    left join feature_values
        on
            typed.opportunity_id = feature_values.opportunity_id
            and typed.week_index = feature_values.week_index
            and inputs.feature = feature_values.feature

),

terms as (

    select
        typed.opportunity_id,
        typed.week_index,
        coefficients.feature,
        coefficients.coefficient,
        coefficients.centre,
        coefficients.scale,
        case
            when coefficients.feature = 'intercept' then 1
            when coefficients.transform = 'segment'
                then cast(coalesce('segment ' || typed.segment_id = coefficients.feature, false) as integer)
            else
                {{ transform_feature('coefficients.transform', 'filled.feature_value', 'coefficients.knot') }}
                * coalesce(
                    {{ transform_feature('coefficients.times_transform', 'factors.feature_value', 'coefficients.times_knot') }}, 1
                )
        end as term_value,
    from typed
    cross join coefficients
    left join filled
        on
            typed.opportunity_id = filled.opportunity_id
            and typed.week_index = filled.week_index
            and coefficients.input = filled.feature
    left join filled as factors
        on
            typed.opportunity_id = factors.opportunity_id
            and typed.week_index = factors.week_index
            and coefficients.times_input = factors.feature

),

linear as (

    select
        opportunity_id,
        week_index,
        sum(coefficient * (term_value - centre) / scale order by feature) as raw_logit,
    from terms
    group by opportunity_id, week_index

),

bounded as (

    select
        linear.opportunity_id,
        linear.week_index,
        -- what n decided deals can show: not one of n won is a share of 0.5 / (n + 1) by Jeffreys' rule
        ln(2 * (calibration.n_won + calibration.n_lost) + 1) as most_logit,
        -- without a single decided deal there is no rate to speak of; least() and greatest() pass over nulls
        case
            when
                calibration.n_won + calibration.n_lost > 0
                and calibration.slope * linear.raw_logit + calibration.intercept is not null
                then least(
                    greatest(calibration.slope * linear.raw_logit + calibration.intercept, -most_logit), most_logit
                )
        end as win_logit,
        round(1 / (1 + exp(-win_logit)), 6) as win_probability,
        case
            when calibration.method = 'sigmoid' then coalesce(segment_terms.fallback_level, calibration.fallback_level)
            else calibration.fallback_level
        end as fallback_level,
        calibration.model_version,
    from linear
    inner join typed on linear.opportunity_id = typed.opportunity_id and linear.week_index = typed.week_index
    cross join calibration
    left join coefficients as segment_terms
        on segment_terms.transform = 'segment' and 'segment ' || typed.segment_id = segment_terms.feature

),

final as (

    select * exclude (most_logit)
    from bounded

)

select * from final
