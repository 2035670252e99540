-- One row per open opportunity and record behind its scores: the CRM, usage or deal-desk row that a number rests on, with
-- its id in the source. Everything was known by the as-of day. Work and visits go back as far as a score looks; changes of
-- stage, date, amount and tracked fields go back to the deal's beginning. Minutes may be summed over work.
{%- set signals = list_deal_signals() %}
with opportunities as (

    select * from {{ ref('fct_opportunity') }}
    where is_open

),

windows as (

    select days
    from {{ ref('history_window') }}
    where window_key = 'evidence'

),

activities as (

    select * from {{ ref('int_opportunity__activity') }}

),

events as (

    select * from {{ ref('int_opportunity__event') }}

),

field_changes as (

    select * from {{ ref('int_opportunity__field_change') }}
    where is_known

),

visits as (

    select * from {{ ref('stg_product__capability_visit_daily') }}
    where visits > 0 and visited_on <= {{ as_of_date() }} and {{ was_loaded('synced_at') }}

),

accounts as (

    select * from {{ ref('int_identity__account') }}

),

requests as (

    select * from {{ ref('stg_crm__deal_desk_request') }}
    where {{ was_known('requested_at') }}

),

work as (

    select
        opportunity_id,
        activity_kind as evidence_kind,
        case when activity_kind = 'task' then 'salesforce.task' else 'salesforce.event' end as source_table,
        activity_id as record_id,
        activity_on as happened_on,
        contact_id,
        minutes,
        case when contact_id is null then 'with nobody named' else 'with contact ' || contact_id end as detail,
    from activities
    cross join windows
    where {{ days_between('activities.known_at', as_of_date()) }} < windows.days

),

event_steps as (

    select
        *,
        lag(stage_name) over history as stage_before,
        lag(close_on) over history as close_on_before,
        lag(amount) over history as amount_before,
    from events
    window history as (partition by opportunity_id order by change_order)

),

event_rows as (

    select
        opportunity_id,
        case event_source
            when 'opportunity_history' then 'salesforce.opportunity_history'
            when 'field_history' then 'salesforce.opportunity_field_history'
            else 'salesforce.opportunity, kept versions'
        end as source_table,
        event_id as record_id,
        cast(changed_at as date) as happened_on,
        change_order,
        stage_name,
        stage_before,
        close_on,
        close_on_before,
        amount,
        amount_before,
    from event_steps

),

changes as (

    select
        opportunity_id,
        'stage' as evidence_kind,
        source_table,
        record_id,
        happened_on,
        case
            when stage_before is null then 'in stage ' || stage_name
            else 'from stage ' || stage_before || ' to ' || stage_name
        end as detail,
    from event_rows
    where stage_name is not null and stage_name is distinct from stage_before
    union all
    select
        opportunity_id,
        'close_date' as evidence_kind,
        source_table,
        record_id,
        happened_on,
        case
            when change_order = 1 then 'close date ' || strftime(close_on, '%Y-%m-%d')
            else
                'close date from ' || coalesce(strftime(close_on_before, '%Y-%m-%d'), 'none')
                || ' to ' || coalesce(strftime(close_on, '%Y-%m-%d'), 'none')
        end as detail,
    from event_rows
    where close_on is distinct from close_on_before
    union all
    select
        opportunity_id,
        'amount' as evidence_kind,
        source_table,
        record_id,
        happened_on,
        case
            when change_order = 1 then 'amount ' || format('{:.2f}', cast(amount as double))
            else
                'amount from ' || coalesce(format('{:.2f}', cast(amount_before as double)), 'none')
                || ' to ' || coalesce(format('{:.2f}', cast(amount as double)), 'none')
        end as detail,
    from event_rows
    where amount is distinct from amount_before
    union all
    select
        opportunity_id,
        case
            when field_key = '' then 'other'
            {%- for signal_key in signals if get_field_key(signal_key) %}
                when field_key = '{{ get_field_key(signal_key) }}' then '{{ signal_key }}'
            {%- endfor %}
            else 'other'
        end as evidence_kind,
        'salesforce.opportunity_field_history' as source_table,
        -- changes of one second are one: the field and its moment name it
        field_key || ' at ' || strftime(changed_at, '%Y-%m-%d %H:%M:%S') as record_id,
        cast(changed_at as date) as happened_on,
        'from ' || coalesce(old_value, 'empty') || ' to ' || coalesce(new_value, 'empty') as detail,
    from field_changes

),

visit_rows as (

    select
        opportunities.opportunity_id,
        'capability_visit' as evidence_kind,
        'intent.capability_visit_daily' as source_table,
        strftime(visits.visited_on, '%Y-%m-%d') || ' ' || visits.account_id || ' ' || visits.capability
        || coalesce(' ' || visits.contact_id, '') as record_id,
        visits.visited_on as happened_on,
        visits.contact_id,
        cast(visits.visits as varchar) || case when visits.visits = 1 then ' visit to ' else ' visits to ' end
        || visits.capability as detail,
    from visits
    cross join windows
    left join accounts on visits.account_id = accounts.account_id
    inner join opportunities on coalesce(accounts.canonical_account_id, visits.account_id) = opportunities.account_id
    where {{ days_between('visits.visited_on', as_of_date()) }} < windows.days

),

request_rows as (

    select
        opportunity_id,
        'deal_desk_request' as evidence_kind,
        'crm.deal_desk_request' as source_table,
        request_id as record_id,
        cast(requested_at as date) as happened_on,
        'asked for: ' || lower(request_type) as detail,
    from requests

),

final as (

    select
        opportunities.opportunity_id,
        work.evidence_kind,
        work.source_table,
        work.record_id,
        work.happened_on,
        work.contact_id,
        work.minutes,
        work.detail,
    from work
    inner join opportunities on work.opportunity_id = opportunities.opportunity_id
    union all
    select
        opportunities.opportunity_id,
        changes.evidence_kind,
        changes.source_table,
        changes.record_id,
        changes.happened_on,
        null as contact_id,
        null as minutes,
        changes.detail,
    from changes
    inner join opportunities on changes.opportunity_id = opportunities.opportunity_id
    -- words of fields that are no deal signal are nobody's evidence
    where changes.evidence_kind != 'other'
    union all
    select
        visit_rows.opportunity_id,
        visit_rows.evidence_kind,
        visit_rows.source_table,
        visit_rows.record_id,
        visit_rows.happened_on,
        visit_rows.contact_id,
        null as minutes,
        visit_rows.detail,
    from visit_rows
    union all
    select
        opportunities.opportunity_id,
        request_rows.evidence_kind,
        request_rows.source_table,
        request_rows.record_id,
        request_rows.happened_on,
        null as contact_id,
        null as minutes,
        request_rows.detail,
    from request_rows
    inner join opportunities on request_rows.opportunity_id = opportunities.opportunity_id

)

select * from final
