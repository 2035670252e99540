-- Week 0 of an open deal is the deal of today: whatever plays of past weeks are told from, this week's stand on the same numbers.
select
    opportunities.opportunity_id,
    weeks.arr_amount,
    opportunities.arr_amount as arr_amount_today,
from {{ ref('fct_opportunity') }} as opportunities
left join {{ ref('int_opportunity__decision_week') }} as weeks
    on opportunities.opportunity_id = weeks.opportunity_id and weeks.week_index = 0
where
    opportunities.is_open
    and (
        weeks.opportunity_id is null
        or weeks.owner_user_id is distinct from opportunities.owner_user_id
        or weeks.stage_name is distinct from opportunities.stage_name
        or weeks.stages_left is distinct from opportunities.stages_left
        or weeks.close_on is distinct from opportunities.close_on
        or weeks.term_type is distinct from opportunities.term_type
        or weeks.arr_amount is distinct from opportunities.arr_amount
        or weeks.segment_id is distinct from opportunities.segment_id
        or weeks.discount_pct is distinct from opportunities.discount_pct
        or weeks.services_amount is distinct from opportunities.services_amount
        or weeks.win_logit is distinct from opportunities.win_logit
    )
