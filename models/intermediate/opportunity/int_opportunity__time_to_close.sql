-- One row per open opportunity: when it will be decided and whether its stated close date will hold. The weekly chances say
-- how fast deals of this stage and age are won and lost; the split between winning and losing is that of the win model, so
-- that the two never contradict each other.
with states as (

    select * from {{ ref('int_opportunity__state') }}
    where not is_closed

),

weeks as (

    select * from {{ ref('int_opportunity__pipeline_week') }}
    where week_index = 0

),

win_probabilities as (

    select * from {{ ref('int_opportunity__win_probability') }}
    where week_index = 0

),

curves as (

    select * from {{ ref('stg_predictions__time_to_close') }}
    where fallback_level != 'prior_only'

),

ends as (

    select
        segment_id,
        pace_band,
        stage_band,
        stage_age_week,
        max(won_share) as won_end,
        max(lost_share) as lost_end,
    from curves
    group by segment_id, pace_band, stage_band, stage_age_week

),

-- the chances of the chain, with its share won in the end replaced by the win probability where that is known
rescaled as (

    select
        states.opportunity_id,
        {{ days_between(as_of_date(), 'states.close_on') }} as days_to_close_on,
        win_probabilities.win_probability,
        curves.weeks_ahead,
        curves.fallback_level,
        curves.model_version,
        case
            when win_probabilities.win_probability is null then curves.won_share
            else win_probabilities.win_probability * curves.won_share / nullif(ends.won_end, 0)
        end as won_by,
        case
            when win_probabilities.win_probability is null then curves.lost_share
            else (1 - win_probabilities.win_probability) * curves.lost_share / nullif(1 - ends.won_end, 0)
        end as lost_by,
    from states
    inner join weeks on states.opportunity_id = weeks.opportunity_id
    inner join curves
        on
            -- a deal that no rule could place goes with all deals
            coalesce(weeks.segment_id, 'all') = curves.segment_id
            and weeks.pace_band = curves.pace_band
            and weeks.stage_band = curves.stage_band
            and weeks.stage_age_week = curves.stage_age_week
    inner join ends
        on
            curves.segment_id = ends.segment_id
            and curves.pace_band = ends.pace_band
            and curves.stage_band = ends.stage_band
            and curves.stage_age_week = ends.stage_age_week
    left join win_probabilities on states.opportunity_id = win_probabilities.opportunity_id

),

cumulated as (

    select
        *,
        won_by + lost_by as decided_by,
        max(won_by + lost_by) over (partition by opportunity_id) as decided_end,
        lag(weeks_ahead, 1, 0) over deal as previous_weeks,
        lag(won_by + lost_by, 1, 0) over deal as previous_decided_by,
    from rescaled
    window deal as (partition by opportunity_id order by weeks_ahead)

),

summarised as (

    select
        opportunity_id,
        {%- for share in ['0.1', '0.5', '0.9'] %}
            min(
                previous_weeks + (weeks_ahead - previous_weeks)
                * ({{ share }} * decided_end - previous_decided_by) / nullif(decided_by - previous_decided_by, 0)
            ) filter (where previous_decided_by < {{ share }} * decided_end and decided_by >= {{ share }} * decided_end)
                as weeks_p{{ share[2:] }}0,
        {%- endfor %}
        case
            when any_value(days_to_close_on) < 0 then 0
            when any_value(days_to_close_on) is not null
                then max(
                    case
                        when previous_weeks <= days_to_close_on / 7
                            then
                                previous_decided_by + (decided_by - previous_decided_by)
                                * least((days_to_close_on / 7 - previous_weeks) / (weeks_ahead - previous_weeks), 1)
                    end
                )
        end as decided_by_close_on,
        {%- for weeks in [13, 26, 52] %}
            max(case when weeks_ahead = {{ weeks }} and win_probability is not null then won_by end)
                as win_probability_{{ weeks }}w,
        {%- endfor %}
        any_value(decided_end) as decided_end,
        any_value(fallback_level) as fallback_level,
        any_value(model_version) as model_version,
    from cumulated
    group by opportunity_id

),

final as (

    select
        opportunity_id,
        {{ as_of_date() }} + cast(ceil(weeks_p10 * 7) as integer) as close_on_p10,
        {{ as_of_date() }} + cast(ceil(weeks_p50 * 7) as integer) as close_on_p50,
        {{ as_of_date() }} + cast(ceil(weeks_p90 * 7) as integer) as close_on_p90,
        round(1 - decided_by_close_on, 6) as slip_probability,
        round(win_probability_13w, 6) as win_probability_13w,
        round(win_probability_26w, 6) as win_probability_26w,
        round(win_probability_52w, 6) as win_probability_52w,
        round(1 - decided_end, 6) as undecided_probability,
        fallback_level,
        model_version,
    from summarised

)

select * from final
