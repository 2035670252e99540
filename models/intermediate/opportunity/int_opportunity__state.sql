-- One row per opportunity that existed on the as-of day and was not deleted by then: what it was then. The present row
-- speaks only where it has not changed since; else history tells, and what neither tells is null. For showing an open deal
-- to its seller, owner and account fall back to those of today and say so in their basis.
with present_rows as (

    select * from {{ ref('int_opportunity__present_row') }}

),

accounts as (

    select * from {{ ref('int_identity__account') }}

),

stages as (

    select * from {{ ref('int_opportunity__stage') }}

),

events as (

    select * from {{ ref('int_opportunity__event') }}

),

owner_changes as (

    select
        opportunity_id,
        count(*) as owner_changes,
    from {{ ref('int_opportunity__owner_change') }}
    group by opportunity_id

),

coverage as (

    select * from {{ ref('int_opportunity__coverage') }}

),

history_windows as (

    select days as signing_paperwork_days
    from {{ ref('history_window') }}
    where window_key = 'signing_paperwork'

),

-- a loader that keeps every version of the row still has the one of the as-of day
latest_versions as (

    select
        opportunity_id,
        nullif(arg_max(coalesce(owner_user_id, ''), version_at), '') as owner_user_id,
        nullif(arg_max(coalesce(account_id, ''), version_at), '') as account_id,
    from {{ ref('stg_salesforce__opportunity_version') }}
    where {{ was_known('version_at') }} and {{ was_loaded('synced_at') }} and not is_deleted
    group by opportunity_id

),

tracked as (

    select
        opportunity_id,
        max(case when field_key = 'ownerid' and value_text like '005%' then {{ normalise_salesforce_id('value_text') }} end)
            as owner_user_id,
        max(case when field_key = 'accountid' and value_text like '001%' then {{ normalise_salesforce_id('value_text') }} end)
            as account_id,
        coalesce(bool_or(field_key = 'accountid'), false) as is_account_tracked,
        max(case when field_key = 'type' then value_text end) as opportunity_type,
        coalesce(bool_or(field_key = 'type'), false) as is_type_tracked,
    from {{ ref('int_opportunity__field_as_of') }}
    where field_key in ('ownerid', 'accountid', 'type')
    group by opportunity_id

),

closings as (

    select
        opportunity_id,
        max(changed_at) as last_closing_at,
    from events
    where is_closing
    group by opportunity_id

),

first_events as (

    select
        opportunity_id,
        changed_at as first_changed_at,
    from events
    where change_order = 1

),

latest_events as (

    select * from events
    where valid_until_at = timestamp '9999-12-31'

),

-- what was agreed is what stood at the closing; later corrections know more
deciding_events as (

    select
        closings.opportunity_id,
        arg_max(coalesce(cast(events.amount as varchar), ''), events.change_order) as amount_text,
    from closings
    inner join events
        on closings.opportunity_id = events.opportunity_id and closings.last_closing_at >= events.changed_at
    group by closings.opportunity_id

),

dated as (

    select
        present_rows.*,
        -- a closed deal without history was decided on its close date, unless that lies before the deal
        not present_rows.is_row_current
        and latest_events.stage_name is null
        and present_rows.is_closed
        and present_rows.close_on <= {{ as_of_date() }}
        and coalesce(present_rows.close_on >= cast(present_rows.created_at as date), true) as is_closed_by_date,
        case
            when present_rows.created_at <= coalesce(first_events.first_changed_at, present_rows.created_at) then 'stated'
            when first_events.first_changed_at is not null then 'first_change'
            when present_rows.created_at is not null then 'stated'
            -- the close date of a row that changed later says nothing about the day asked for
            when
                present_rows.is_closed
                and coalesce({{ was_known('present_rows.modified_at') }}, true)
                and {{ was_known('cast(present_rows.close_on as timestamp)') }}
                then 'close_date'
            else 'first_sight'
        end as created_basis,
        case created_basis
            when 'stated' then present_rows.created_at
            when 'first_change' then first_events.first_changed_at
            when 'close_date' then cast(present_rows.close_on as timestamp)
            else least(present_rows.synced_at, present_rows.export_end_at)
        end as known_from_at,
    from present_rows
    left join first_events on present_rows.opportunity_id = first_events.opportunity_id
    left join latest_events on present_rows.opportunity_id = latest_events.opportunity_id

),

resolved as (

    select
        dated.opportunity_id,
        dated.opportunity_name,
        case
            when dated.is_row_current then 'unchanged row'
            when tracked.is_account_tracked then 'field history'
            when latest_versions.opportunity_id is not null then 'version'
            else 'today'
        end as account_basis,
        case account_basis
            when 'field history' then tracked.account_id
            when 'version' then latest_versions.account_id
            else dated.account_id
        end as stated_account_id,
        case
            when dated.is_row_current then 'unchanged row'
            when tracked.owner_user_id is not null then 'field history'
            when latest_versions.owner_user_id is not null then 'version'
            else 'today'
        end as owner_basis,
        case owner_basis
            when 'field history' then tracked.owner_user_id
            when 'version' then latest_versions.owner_user_id
            else dated.owner_user_id
        end as owner_user_id,
        case when coverage.has_owner_tracking then coalesce(owner_changes.owner_changes, 0) end as owner_changes,
        case
            when not dated.is_row_current and tracked.is_type_tracked then tracked.opportunity_type
            else dated.opportunity_type
        end as opportunity_type,
        dated.lead_source,
        dated.known_from_at as created_at,
        dated.created_basis,
        dated.is_row_current,
        dated.modified_at,
        latest_events.event_id is not null as has_history,
        latest_events.event_source,
        latest_events.is_complete as is_history_complete,
        case
            when dated.is_row_current then 'unchanged row'
            when latest_events.stage_name is not null then 'history'
            when dated.is_closed_by_date then 'close date'
            else 'unknown'
        end as stage_basis,
        case
            when dated.is_row_current or dated.is_closed_by_date then dated.stage_name
            else latest_events.stage_name
        end as stage_name,
        case
            when dated.is_row_current or dated.is_closed_by_date then dated.is_closed
            else coalesce(latest_events.is_closed, false)
        end as is_closed,
        case
            when dated.is_row_current or dated.is_closed_by_date then dated.is_won
            else coalesce(latest_events.is_won, false)
        end as is_won,
        case when dated.is_row_current then dated.amount else latest_events.amount end as amount,
        coalesce(
            case when dated.is_row_current then dated.currency end,
            latest_events.currency,
            dated.currency,
            '{{ var("reporting_currency") }}'
        ) as currency,
        case
            when dated.is_row_current or dated.is_closed_by_date then dated.close_on
            else latest_events.close_on
        end as close_on,
        latest_events.stage_entered_at,
        latest_events.open_stage_entered_at,
        case when latest_events.is_complete then latest_events.push_count end as push_count,
        case when latest_events.is_complete then latest_events.pushed_days end as pushed_days,
        case when latest_events.is_complete then latest_events.slippage_days end as slippage_days,
        case when latest_events.is_complete then latest_events.forward_moves end as forward_moves,
        case when latest_events.is_closed then closings.last_closing_at end as last_closing_at,
        case when latest_events.is_closed then deciding_events.amount_text end as deciding_amount_text,
    from dated
    cross join coverage
    left join latest_events on dated.opportunity_id = latest_events.opportunity_id
    left join closings on dated.opportunity_id = closings.opportunity_id
    left join deciding_events on dated.opportunity_id = deciding_events.opportunity_id
    left join latest_versions on dated.opportunity_id = latest_versions.opportunity_id
    left join tracked on dated.opportunity_id = tracked.opportunity_id
    left join owner_changes on dated.opportunity_id = owner_changes.opportunity_id
    where {{ was_known('dated.known_from_at') }}

),

opportunity_types as (

    select
        types.opportunity_type,
        arg_min(patterns.deal_type, patterns.priority) as deal_type,
    from (select distinct lower(opportunity_type) as opportunity_type from resolved) as types
    inner join {{ ref('opportunity_type') }} as patterns on types.opportunity_type like patterns.pattern
    group by types.opportunity_type

),

closed as (

    select
        resolved.*,
        case
            when resolved.is_closed
                then greatest(
                    coalesce(
                        resolved.last_closing_at,
                        least(cast(resolved.close_on as timestamp), {{ as_of_end() }} - interval '1 second')
                    ), resolved.created_at
                )
        end as closed_at,
    from resolved

),

final as (

    select
        closed.* exclude (
            stated_account_id, opportunity_type, modified_at, last_closing_at, deciding_amount_text
        ),
        coalesce(accounts.canonical_account_id, closed.stated_account_id) as account_id,
        coalesce(opportunity_types.deal_type, 'new_business') as deal_type,
        stages.stage_position,
        stages.stages_left,
        -- the row may have been touched while the deal was filed, not after
        closed.is_row_current and case
            when closed.is_closed
                then coalesce(
                    {{ days_between('closed.closed_at', 'closed.modified_at') }} <= history_windows.signing_paperwork_days,
                    false
                )
            else true
        end as is_row_as_decided,
        case
            when not closed.is_closed then closed.amount
            when closed.deciding_amount_text is not null
                then try_cast(nullif(closed.deciding_amount_text, '') as decimal(18, 2))
            when is_row_as_decided then closed.amount
        end as decided_amount,
    from closed
    cross join history_windows
    left join accounts on closed.stated_account_id = accounts.account_id
    left join opportunity_types on lower(closed.opportunity_type) = opportunity_types.opportunity_type
    left join stages on closed.stage_name = stages.stage_name

)

select * from final
