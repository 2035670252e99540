-- One row per opportunity that existed on the as-of day and was not deleted by then: what it was then. History tells;
-- the present row speaks only where it has not changed since. Created dates may be missing and fall back to the first
-- recorded change, then to the close date of a closed deal, then to the first sight.
with opportunities as (

    select * from {{ ref('stg_salesforce__opportunity') }}
    -- a deal deleted after the as-of day was still there on it
    where not (is_deleted and {{ was_known('coalesce(modified_at, created_at, synced_at)') }})

),

accounts as (

    select * from {{ ref('int_identity__account') }}

),

events as (

    select * from {{ ref('int_opportunity__event') }}

),

stages as (

    select * from {{ ref('int_opportunity__stage') }}

),

opportunity_types as (

    select
        types.opportunity_type,
        arg_min(patterns.deal_type, patterns.priority) as deal_type,
    from (select distinct lower(opportunity_type) as opportunity_type from opportunities) as types
    inner join {{ ref('opportunity_type') }} as patterns on types.opportunity_type like patterns.pattern
    group by types.opportunity_type

),

-- Salesforce names the field Owner or OwnerId, and may record the name beside the id
owners as (

    select
        opportunity_id,
        max(value_text) as value_text,
    from {{ ref('int_opportunity__field_as_of') }}
    where field_key in ('ownerid', 'owner') and value_text like '005%'
    group by opportunity_id

),

first_events as (

    select
        opportunity_id,
        min(changed_at) as first_changed_at,
        max(changed_at) filter (where is_closing) as last_closing_at,
    from events
    group by opportunity_id

),

latest_events as (

    select * from events
    where valid_until_at = timestamp '9999-12-31'

),

-- Loader time says nothing about what was known, so the newest recorded event stands for the end of the export.
export_end as (

    select
        greatest(
            (select max(changed_at) from {{ ref('stg_salesforce__opportunity_history') }}),
            (select max(changed_at) from {{ ref('stg_salesforce__opportunity_field_history') }}),
            (select max(created_at) from opportunities)
        ) as last_event_at,

),

dated as (

    select
        opportunities.*,
        -- without a time of change, a row stands for the as-of day when the export ends by then or the deal was closed by then
        case
            when opportunities.modified_at is not null then {{ was_known('opportunities.modified_at') }}
            when {{ was_known('export_end.last_event_at') }} then true
            else coalesce(opportunities.is_closed and opportunities.close_on <= {{ as_of_date() }}, false)
        end as is_row_current,
        coalesce(
            opportunities.created_at,
            first_events.first_changed_at,
            case
                when opportunities.is_closed and coalesce({{ was_known('opportunities.modified_at') }}, true)
                    then cast(opportunities.close_on as timestamp)
            end,
            least(opportunities.synced_at, export_end.last_event_at)
        ) as known_from_at,
        first_events.last_closing_at,
    from opportunities
    cross join export_end
    left join first_events on opportunities.opportunity_id = first_events.opportunity_id

),

resolved as (

    select
        dated.opportunity_id,
        dated.opportunity_name,
        coalesce(accounts.canonical_account_id, dated.account_id) as account_id,
        case
            when dated.is_row_current then dated.owner_user_id
            else coalesce(owners.value_text, dated.owner_user_id)
        end as owner_user_id,
        coalesce(opportunity_types.deal_type, 'new_business') as deal_type,
        dated.lead_source,
        dated.known_from_at as created_at,
        dated.is_row_current,
        latest_events.opportunity_id is not null as has_history,
        case when dated.is_row_current then dated.stage_name else latest_events.stage_name end as stage_name,
        case when dated.is_row_current then dated.is_closed else coalesce(latest_events.is_closed, false) end as is_closed,
        case when dated.is_row_current then dated.is_won else coalesce(latest_events.is_won, false) end as is_won,
        coalesce(latest_events.amount, case when dated.is_row_current then dated.amount end) as amount,
        coalesce(latest_events.currency, dated.currency, '{{ var("reporting_currency") }}') as currency,
        coalesce(latest_events.close_on, case when dated.is_row_current then dated.close_on end) as close_on,
        latest_events.stage_entered_at,
        latest_events.open_stage_entered_at,
        coalesce(latest_events.push_count, 0) as push_count,
        coalesce(latest_events.forward_moves, 0) as forward_moves,
        dated.last_closing_at,
        dated.close_on as row_close_on,
    from dated
    left join accounts on dated.account_id = accounts.account_id
    left join latest_events on dated.opportunity_id = latest_events.opportunity_id
    left join opportunity_types on lower(dated.opportunity_type) = opportunity_types.opportunity_type
    left join owners on dated.opportunity_id = owners.opportunity_id
    where {{ was_known('dated.known_from_at') }}

),

final as (

    select
        resolved.* exclude (last_closing_at, row_close_on),
        stages.stage_position,
        stages.stages_left,
        case
            when resolved.is_closed
                then coalesce(
                    resolved.last_closing_at,
                    least(cast(resolved.row_close_on as timestamp), {{ as_of_end() }} - interval '1 second')
                )
        end as closed_at,
    from resolved
    left join stages on resolved.stage_name = stages.stage_name

)

select * from final
