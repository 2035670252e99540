-- One row per check on what the history of deals could and could not tell. `warn` wants a person's eye; `info` says what is
-- missing and therefore unknown.
{%- set mapped_signals = (var('field_map', {}) or {}).keys() | sort %}
with states as (

    select * from {{ ref('int_opportunity__state') }}

),

signals as (

    select * from {{ ref('int_opportunity__signal') }}

),

events as (

    select * from {{ ref('int_opportunity__event') }}

),

coverage as (

    select * from {{ ref('int_opportunity__coverage') }}

),

stated_stages as (

    select stage_name from {{ ref('stg_salesforce__opportunity_stage') }}
    union
    select stage_label from {{ ref('stg_salesforce__opportunity_stage') }}

),

open_without_history as (

    select
        'open_deals_without_history' as check_name,
        case when count(*) filter (where not has_history) * 10 > count(*) then 'warn' else 'pass' end as status,
        count(*) filter (where not has_history) as n_rows,
        'Open deals without recorded stage history, of ' || count(*) as detail,
    from states
    where not is_closed

),

sources as (

    select
        coalesce(event_source, 'none') as event_source,
        count(*) as n_deals,
    from states
    group by coalesce(event_source, 'none')

),

history_sources as (

    select
        'deal_history_sources' as check_name,
        case
            when coalesce(sum(n_deals) filter (where event_source = 'none'), 0) * 10 > sum(n_deals) then 'warn'
            when coalesce(sum(n_deals) filter (where event_source != 'opportunity_history'), 0) > 0 then 'info'
            else 'pass'
        end as status,
        cast(coalesce(sum(n_deals) filter (where event_source = 'none'), 0) as bigint) as n_rows,
        coalesce(
            'Deals by what tells their past: '
            || string_agg(event_source || ' ' || n_deals, ', ' order by n_deals desc, event_source asc),
            'No deals'
        ) as detail,
    from sources

),

incomplete_histories as (

    select
        'deal_history_begins_late' as check_name,
        case when count(*) filter (where not is_history_complete) * 10 > count(*) then 'warn' else 'pass' end as status,
        count(*) filter (where not is_history_complete) as n_rows,
        'Deals whose history begins after their creation, of ' || count(*)
        || ' with history; their pushes and pace are unknown' as detail,
    from states
    where has_history

),

unknown_states as (

    select
        'deals_of_unknown_stage' as check_name,
        case when count(*) filter (where stage_basis = 'unknown') > 0 then 'warn' else 'pass' end as status,
        count(*) filter (where stage_basis = 'unknown') as n_rows,
        'Deals whose stage on the as-of day nothing tells, because their row changed later and no history was delivered; '
        || count(*) filter (where stage_basis = 'close date')
        || ' more are taken as closed by their close date' as detail,
    from states

),

open_states as (

    select opportunity_id from states
    where not is_closed

),

signal_names as (

    select unnest(['{{ mapped_signals | join("', '") }}']) as signal_name

),

signal_values as (

    unpivot (
        select
            open_states.opportunity_id,
            cast(signals.discount_pct as varchar) as discount_pct,
            cast(signals.payment_terms_days as varchar) as payment_terms_days,
            cast(signals.contract_term_months as varchar) as contract_term_months,
            cast(signals.customisation_requests as varchar) as customisation_requests,
            cast(signals.implementation_promises as varchar) as implementation_promises,
            cast(signals.services_amount as varchar) as services_amount,
            cast(signals.success_criteria_documented as varchar) as success_criteria_documented,
            cast(signals.promised_onboarding_days as varchar) as promised_onboarding_days,
            cast(signals.compliance_review as varchar) as compliance_review,
            cast(signals.security_review as varchar) as security_review,
            cast(signals.procurement_steps as varchar) as procurement_steps,
            cast(signals.integration_count as varchar) as integration_count,
        from signals
        inner join open_states on signals.opportunity_id = open_states.opportunity_id
    ) on columns(* exclude (opportunity_id))
    into name signal_name value signal_value

),

known_per_signal as (

    select
        signal_names.signal_name,
        count(signal_values.signal_value) as n_known,
        (select count(*) from open_states) as n_open,
    from signal_names
    left join signal_values on signal_names.signal_name = signal_values.signal_name
    where signal_names.signal_name not in ('', 'weekly_capacity_hours', 'competitor', 'loss_reason')
    group by signal_names.signal_name

),

unknown_signals as (

    select
        'open_deal_signals_unknown' as check_name,
        case
            when count(*) = 0 then 'info'
            when count(*) filter (where n_known * 2 < n_open) > 0 then 'warn'
            else 'pass'
        end as status,
        cast(coalesce(sum(n_open - n_known), 0) as bigint) as n_rows,
        case
            when count(*) = 0 then 'No deal signal is mapped (field_map): segments and risk know less'
            else
                coalesce(
                    'Unknown for more than half of the open deals: '
                    || string_agg(signal_name, ', ' order by signal_name) filter (where n_known * 2 < n_open),
                    'Every mapped signal is known for at least half of the open deals'
                )
        end as detail,
    from known_per_signal

),

signals_of_closed as (

    select
        'closed_deal_signals_unknown' as check_name,
        case
            when count(*) filter (where signals.signal_basis = 'unknown') * 2 > count(*) then 'warn'
            when count(*) filter (where signals.signal_basis = 'unknown') > 0 then 'info'
            else 'pass'
        end as status,
        count(*) filter (where signals.signal_basis = 'unknown') as n_rows,
        'Closed deals, of ' || count(*)
        || ', whose row changed after the closing and whose fields are not tracked: their signals are not learned from' as detail,
    from states
    inner join signals on states.opportunity_id = signals.opportunity_id
    where states.is_closed

),

late_changes as (

    select
        'changes_after_closing' as check_name,
        case when count(*) = 0 then 'pass' else 'info' end as status,
        count(*) as n_rows,
        'Recorded changes after the last closing of a deal; left out of what it was decided on' as detail,
    from events
    inner join states on events.opportunity_id = states.opportunity_id and events.changed_at > states.closed_at

),

reopened as (

    select
        'deals_reopened' as check_name,
        case when count(*) = 0 then 'pass' else 'info' end as status,
        count(distinct opportunity_id) as n_rows,
        'Deals that were closed and taken up again; their last closing counts' as detail,
    from events
    where is_reopening

),

creation_dates as (

    select
        'created_dates_filled' as check_name,
        case when count(*) filter (where created_basis != 'stated') > 0 then 'info' else 'pass' end as status,
        count(*) filter (where created_basis != 'stated') as n_rows,
        'Deals without a usable creation date: ' || count(*) filter (where created_basis = 'first_change')
        || ' filled from the first recorded change, ' || count(*) filter (where created_basis = 'close_date')
        || ' from the close date, ' || count(*) filter (where created_basis = 'first_sight') || ' from the first load' as detail,
    from states

),

unlisted_stages as (

    select
        'stages_not_in_stage_table' as check_name,
        case when count(*) = 0 then 'pass' else 'info' end as status,
        count(*) as n_rows,
        coalesce(
            'Read from the deals themselves: ' || string_agg(stages.stage_name, ', ' order by stages.stage_name),
            'Every stage is in the stage table'
        ) as detail,
    from {{ ref('int_opportunity__stage') }} as stages
    left join stated_stages on stages.stage_name = stated_stages.stage_name
    where stated_stages.stage_name is null

),

undelivered as (

    select
        'deal_sources_absent' as check_name,
        case when detail = '' then 'pass' else 'info' end as status,
        cast(0 as bigint) as n_rows,
        case when detail = '' then 'Everything about deals was delivered' else 'Unknown, not zero:' || detail end as detail,
    from (
        select
            case when has_stage_history then '' else ' stages over time;' end
            || case when has_activities then '' else ' activity;' end
            || case when has_activity_contacts then '' else ' active contacts;' end
            || case when has_stakeholders then '' else ' stakeholders;' end
            || case when has_capability_visits then '' else ' capability visits;' end
            || case when has_owner_tracking then '' else ' changes of owner;' end
            || case when has_field_history then '' else ' past values of deal signals;' end
            || case when has_change_times then '' else ' when a deal last changed;' end as detail,
        from coverage
    ) as missing

),

{% set checks = [
    'open_without_history', 'history_sources', 'incomplete_histories', 'unknown_states', 'unknown_signals',
    'signals_of_closed', 'late_changes', 'reopened', 'creation_dates', 'unlisted_stages', 'undelivered',
] -%}
unioned as (
    {% for check in checks %}
        select * from {{ check }}
        {{ 'union all' if not loop.last }}
    {%- endfor %}

),

final as (

    select
        check_name,
        'opportunities' as check_group,
        status,
        n_rows,
        detail,
    from unioned

)

select * from final
