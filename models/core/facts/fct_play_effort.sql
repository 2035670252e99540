-- One row per person, opportunity and decision week with recorded work on a deal that was open in that week: the hours, and the
-- play that was advised for the deal then, if any.
with efforts as (

    select * from {{ ref('int_opportunity__effort_week') }}

),

opportunities as (

    select * from {{ ref('fct_opportunity') }}

),

advice as (

    select * from {{ ref('fct_play_advice') }}

),

-- from the first week of which advice is known to this one
advised_weeks as (

    select min(decision_week_on) as first_week_on
    from advice

),

first_issue as (

    select min(decision_week_on) as first_issued_on
    from {{ ref('stg_ledger__issued_week') }}

),

final as (

    select
        efforts.owner_user_id,
        efforts.opportunity_id,
        efforts.decision_week_on,
        coalesce(efforts.decision_week_on < first_issue.first_issued_on, true) as is_before_first_issue,
        efforts.decision_week_on = {{ get_week_start(as_of_date()) }} as is_current_week,
        coalesce(advice.play, 'none') as play,
        coalesce(advice.owner_user_id = efforts.owner_user_id, false) as is_own_list,
        coalesce(advice.is_above_line, false) as is_above_line,
        efforts.hours,
        efforts.hours_assumed,
        efforts.n_activities,
        efforts.n_meetings,
    from efforts
    cross join advised_weeks
    cross join first_issue
    inner join opportunities on efforts.opportunity_id = opportunities.opportunity_id
    left join advice
        on
            efforts.opportunity_id = advice.opportunity_id
            and efforts.decision_week_on = advice.decision_week_on
    where
        efforts.decision_week_on >= advised_weeks.first_week_on
        and cast(opportunities.created_at as date) < efforts.decision_week_on + 7
        and coalesce(cast(opportunities.closed_at as date) >= efforts.decision_week_on, true)

)

select * from final
