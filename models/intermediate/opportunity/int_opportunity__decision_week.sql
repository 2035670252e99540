-- One row per opportunity and decision week at whose end it was open: what the deal was, as it was known then. Deals closed
-- since are here too, so that past advice can be held against what came. Reporting currency. What is unknown is null.
with windows as (

    select days
    from {{ ref('history_window') }}
    where window_key = 'decision'

),

weeks as (

    select * from {{ ref('int_opportunity__week') }}

),

signals as (

    select * from {{ ref('int_opportunity__decision_signal') }}

),

opportunities as (

    select
        opportunity_id as deal_id,
        * exclude (
            opportunity_id,
            stage_age_days,
            discount_pct,
            payment_terms_days,
            customisation_requests,
            integration_count
        ),
    from {{ ref('fct_opportunity') }}

),

owner_changes as (

    select * from {{ ref('int_opportunity__owner_change') }}

),

week_segments as (

    select * from {{ ref('int_opportunity__week_segment') }}

),

stages as (

    select * from {{ ref('int_opportunity__stage') }}

),

rates as (

    select * from {{ ref('int_revenue__fx_rate_as_of') }}

),

amount_ratios as (

    select * from {{ ref('int_opportunity__amount_ratio') }}

),

win_probabilities as (

    select * from {{ ref('int_opportunity__win_probability') }}

),

decision_weeks as (

    select weeks.*
    from weeks
    inner join windows on weeks.week_index * 7 < windows.days

),

-- the newest change by the week's end; before the first change the owner was whom it replaced. Someone unknown is a value
-- here, which aggregates would pass over
owners as (

    select
        decision_weeks.opportunity_id,
        decision_weeks.week_index,
        max_by(coalesce(owner_changes.owner_user_id, ''), owner_changes.change_order)
        filter (where owner_changes.changed_at < cast(decision_weeks.snapshot_on + 1 as timestamp)) as owner_since,
        min_by(coalesce(owner_changes.previous_owner_user_id, ''), owner_changes.change_order)
        filter (where owner_changes.changed_at >= cast(decision_weeks.snapshot_on + 1 as timestamp)) as owner_until,
    from decision_weeks
    inner join owner_changes on decision_weeks.opportunity_id = owner_changes.opportunity_id
    group by decision_weeks.opportunity_id, decision_weeks.week_index

),

-- today's row knows more than a history that began late; of other weeks the history alone speaks
seen as (

    select
        decision_weeks.opportunity_id,
        decision_weeks.week_index,
        decision_weeks.snapshot_on,
        decision_weeks.week_index = 0 and opportunities.is_open as is_today,
        decision_weeks.stage_name as week_stage_name,
        decision_weeks.stage_age_days,
        decision_weeks.deal_age_days as week_deal_age_days,
        decision_weeks.close_on as week_close_on,
        decision_weeks.amount as week_amount,
        {{ term_type_of('signals.contract_term_months') }} as week_term_type,
        -- a follow-up deal counts in the segment of the deal that won its customer, which was known before
        case
            when opportunities.deal_type = 'new_business' then week_segments.segment_id
            else opportunities.segment_id
        end as week_segment_id,
        signals.discount_pct,
        signals.payment_terms_days,
        signals.customisation_requests,
        signals.integration_count,
        signals.services_amount as booked_services_amount,
        opportunities.*,
    from decision_weeks
    inner join signals
        on
            decision_weeks.opportunity_id = signals.opportunity_id
            and decision_weeks.week_index = signals.week_index
    inner join opportunities on decision_weeks.opportunity_id = opportunities.deal_id
    left join week_segments
        on
            decision_weeks.opportunity_id = week_segments.opportunity_id
            and decision_weeks.week_index = week_segments.week_index

),

final as (

    select
        seen.opportunity_id,
        seen.week_index,
        seen.snapshot_on,
        {{ get_week_start('seen.snapshot_on') }} as decision_week_on,
        seen.is_open as is_open_now,
        seen.account_id,
        case
            when seen.is_today then seen.owner_user_id
            else nullif(coalesce(owners.owner_since, owners.owner_until, seen.owner_user_id), '')
        end as owner_user_id,
        seen.deal_type,
        case when seen.is_today then seen.stage_name else coalesce(seen.week_stage_name, 'Unknown stage') end as stage_name,
        case when seen.is_today then seen.stage_position else stages.stage_position end as stage_position,
        case when seen.is_today then seen.stages_left else stages.stages_left end as stages_left,
        seen.stage_age_days,
        seen.week_deal_age_days as deal_age_days,
        case when seen.is_today then seen.close_on else seen.week_close_on end as close_on,
        case when seen.is_today then seen.term_type else seen.week_term_type end as term_type,
        case
            when seen.is_today then seen.arr_amount
            else
                {{ convert_amount(
                    convert_amount('seen.week_amount', 'rates.rate_to_reporting'), 'amount_ratios.arr_per_amount'
                ) }}
        end as arr_amount,
        case when seen.is_today then seen.segment_id else seen.week_segment_id end as segment_id,
        -- how many of a rule's clauses were known then is not kept; today's, of a closed deal that of its end, stands in
        case when seen.is_today or seen.week_segment_id is not null then seen.segment_confidence end as segment_confidence,
        seen.discount_pct,
        seen.payment_terms_days,
        seen.customisation_requests,
        seen.integration_count,
        {{ convert_amount('seen.booked_services_amount', 'rates.rate_to_reporting') }} as services_amount,
        win_probabilities.win_logit,
        win_probabilities.win_probability,
    from seen
    left join owners on seen.opportunity_id = owners.opportunity_id and seen.week_index = owners.week_index
    left join stages on seen.week_stage_name = stages.stage_name
    left join rates on seen.currency = rates.currency
    left join amount_ratios on seen.week_term_type = amount_ratios.term_type
    left join win_probabilities
        on
            seen.opportunity_id = win_probabilities.opportunity_id
            and seen.week_index = win_probabilities.week_index

)

select * from final
