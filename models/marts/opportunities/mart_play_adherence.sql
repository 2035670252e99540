-- One row per seller, decision week and play (`none` = work on open deals without advice): hours advised beside hours worked, and
-- what was answered. Hours and counts may be summed over sellers, weeks and plays; shares may be summed over the plays of one
-- seller and week only.
with advice as (

    select * from {{ ref('fct_play_advice') }}

),

effort as (

    select * from {{ ref('fct_play_effort') }}

),

sellers as (

    select * from {{ ref('dim_seller') }}

),

own_hours as (

    select
        opportunity_id,
        decision_week_on,
        hours,
    from effort
    where is_own_list

),

advised as (

    select
        advice.owner_user_id,
        advice.decision_week_on,
        advice.play,
        min(advice.advice_basis) as advice_basis,
        count(*) as n_deals,
        count(*) filter (where advice.is_above_line) as n_deals_above_line,
        count(own_hours.hours) filter (where advice.is_above_line) as n_deals_above_line_worked,
        count(*) filter (where advice.is_randomised) as n_deals_randomised,
        sum(advice.hours_advised) as hours_advised,
        sum(least(advice.hours_advised, coalesce(own_hours.hours, 0))) as hours_given,
        count(*) filter (where advice.response = 'followed') as n_followed,
        count(*) filter (where advice.response = 'overridden') as n_overridden,
        count(*) filter (where advice.response = 'other') as n_other_reply,
        count(*) filter (where advice.response is null) as n_no_reply,
    from advice
    left join own_hours
        on advice.opportunity_id = own_hours.opportunity_id and advice.decision_week_on = own_hours.decision_week_on
    group by advice.owner_user_id, advice.decision_week_on, advice.play

),

worked as (

    select
        owner_user_id,
        decision_week_on,
        play,
        count(*) as n_deals_worked,
        sum(hours) as hours_spent,
        sum(hours_assumed) as hours_spent_assumed,
        coalesce(sum(hours) filter (where is_own_list and is_above_line), 0) as hours_spent_above_line,
        coalesce(sum(hours) filter (where play != 'none' and not is_own_list), 0) as hours_spent_on_others_deals,
    from effort
    group by owner_user_id, decision_week_on, play

),

paired as (

    select
        coalesce(advised.owner_user_id, worked.owner_user_id) as owner_user_id,
        coalesce(advised.decision_week_on, worked.decision_week_on) as decision_week_on,
        coalesce(advised.play, worked.play) as play,
        advised.* exclude (owner_user_id, decision_week_on, play, advice_basis),
        worked.* exclude (owner_user_id, decision_week_on, play),
        sum(worked.hours_spent) over (
            partition by
                coalesce(advised.owner_user_id, worked.owner_user_id),
                coalesce(advised.decision_week_on, worked.decision_week_on)
        ) as hours_of_week,
    from advised
    full join worked
        on
            advised.owner_user_id = worked.owner_user_id
            and advised.decision_week_on = worked.decision_week_on
            and advised.play = worked.play

),

-- a property of the week, also where one seller had no advice in it
weeks as (

    select
        decision_week_on,
        min(advice_basis) as advice_basis,
        bool_and(is_before_first_issue) as is_before_first_issue,
        bool_or(is_current_week) as is_current_week,
    from (
        select
            decision_week_on,
            advice_basis,
            is_before_first_issue,
            is_current_week,
        from advice
        union all
        select
            decision_week_on,
            cast(null as varchar) as advice_basis,
            is_before_first_issue,
            is_current_week,
        from effort
    ) as either
    group by decision_week_on

),

final as (

    select
        paired.owner_user_id as seller_user_id,
        coalesce(sellers.seller_name, case when paired.owner_user_id = 'none' then 'No owner' end) as seller_name,
        paired.decision_week_on,
        paired.play,
        {{ as_of_date() }} as as_of_date,
        coalesce(weeks.advice_basis, 'recomputed') as advice_basis,
        weeks.is_before_first_issue,
        weeks.is_current_week,
        coalesce(paired.n_deals, 0) as n_deals,
        coalesce(paired.n_deals_above_line, 0) as n_deals_above_line,
        coalesce(paired.n_deals_above_line_worked, 0) as n_deals_above_line_worked,
        coalesce(paired.n_deals_randomised, 0) as n_deals_randomised,
        coalesce(paired.n_deals_worked, 0) as n_deals_worked,
        cast(coalesce(paired.hours_advised, 0) as decimal(12, 2)) as hours_advised,
        cast(coalesce(paired.hours_given, 0) as decimal(18, 4)) as hours_given,
        cast(coalesce(paired.hours_spent, 0) as decimal(18, 4)) as hours_spent,
        cast(coalesce(paired.hours_spent_above_line, 0) as decimal(18, 4)) as hours_spent_above_line,
        cast(coalesce(paired.hours_spent_on_others_deals, 0) as decimal(18, 4)) as hours_spent_on_others_deals,
        cast(coalesce(paired.hours_spent_assumed, 0) as decimal(18, 4)) as hours_spent_assumed,
        case
            when paired.hours_of_week > 0
                then round(cast(coalesce(paired.hours_spent, 0) as double) / cast(paired.hours_of_week as double), 6)
        end as share_of_hours_spent,
        case
            when paired.hours_of_week > 0
                then round(
                    cast(coalesce(paired.hours_spent_above_line, 0) as double) / cast(paired.hours_of_week as double), 6
                )
        end as share_of_hours_above_line,
        coalesce(paired.n_followed, 0) as n_followed,
        coalesce(paired.n_overridden, 0) as n_overridden,
        coalesce(paired.n_other_reply, 0) as n_other_reply,
        coalesce(paired.n_no_reply, 0) as n_no_reply,
    from paired
    inner join weeks on paired.decision_week_on = weeks.decision_week_on
    left join sellers on paired.owner_user_id = sellers.user_id

)

select * from final
