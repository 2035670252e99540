-- One row per opportunity and quarter in which it had advice in a week that is over: the play of its first such week, what was
-- answered and worked in the quarter, and what has become of the deal by the as-of day. The first play counts and not the last,
-- because plays change as a deal turns out well or badly. So does the first lot: a deal that lives longer is drawn in the end.
with advice as (

    select * from {{ ref('fct_play_advice') }}
    where not is_current_week

),

effort as (

    select
        opportunity_id,
        cast(date_trunc('quarter', decision_week_on) as date) as quarter_on,
        sum(hours) as hours_spent,
    from {{ ref('fct_play_effort') }}
    where not is_current_week and play != 'none'
    group by opportunity_id, cast(date_trunc('quarter', decision_week_on) as date)

),

opportunities as (

    select * from {{ ref('fct_opportunity') }}

),

outcomes as (

    select * from {{ ref('fct_deal_outcome') }}

),

by_quarter as (

    select
        opportunity_id,
        cast(date_trunc('quarter', decision_week_on) as date) as quarter_on,
        arg_min(play, decision_week_on) as play,
        arg_min(advice_basis, decision_week_on) as advice_basis,
        count(*) as n_weeks,
        sum(hours_advised) as hours_advised,
        arg_min(if(is_randomised, 'drawn', 'not_drawn'), decision_week_on) filter (where propensity is not null) as first_lot,
        arg_max(response, decision_week_on) as response,
        arg_max(reason_code, decision_week_on) filter (where response = 'overridden') as override_reason,
    from advice
    group by opportunity_id, cast(date_trunc('quarter', decision_week_on) as date)

),

final as (

    select
        by_quarter.opportunity_id,
        by_quarter.quarter_on,
        by_quarter.play,
        coalesce(opportunities.segment_id, 'unassigned') as segment_id,
        by_quarter.advice_basis,
        by_quarter.n_weeks,
        coalesce(by_quarter.response, 'none') as response,
        case when by_quarter.response = 'overridden' then by_quarter.override_reason end as override_reason,
        coalesce(by_quarter.first_lot, 'none') as first_lot,
        by_quarter.hours_advised,
        coalesce(effort.hours_spent, 0) as hours_spent,
        case
            when opportunities.is_open then 'open'
            when opportunities.is_won then 'won'
            else 'lost'
        end as outcome,
        case when opportunities.is_won and not opportunities.is_open then opportunities.arr_amount end as won_arr_amount,
        coalesce(outcomes.is_mature_12m, false) as is_mature_12m,
        -- what a lost deal brought is nothing; what a won one will bring is not known before its year is over
        case
            when outcomes.is_mature_12m
                then outcomes.gross_margin_12m_cents - outcomes.support_12m_cents
        end as contribution_12m_cents,
    from by_quarter
    inner join opportunities on by_quarter.opportunity_id = opportunities.opportunity_id
    left join effort
        on by_quarter.opportunity_id = effort.opportunity_id and by_quarter.quarter_on = effort.quarter_on
    left join outcomes on by_quarter.opportunity_id = outcomes.opportunity_id

)

select * from final
