-- One row per opportunity and decision week: the deal signals as they stood at the week's end. A field whose history is kept
-- says so itself; what no history tells is taken as it is last known, today or at the close, for open and decided deals
-- alike, so that whether a deal has been decided since cannot be read from what is known of it.
{%- set signals = list_deal_signals() %}
with windows as (

    select days
    from {{ ref('history_window') }}
    where window_key = 'decision'

),

weeks as (

    select * from {{ ref('int_opportunity__week') }}

),

week_signals as (

    select * from {{ ref('int_opportunity__week_signal') }}

),

signals as (

    select * from {{ ref('int_opportunity__signal') }}

),

states as (

    select * from {{ ref('int_opportunity__state') }}

),

changes as (

    select * from {{ ref('int_opportunity__field_change') }}

),

tracked as (

    select
        opportunity_id,
        {%- for signal_key in signals %}
            bool_or(field_key = '{{ get_field_key(signal_key) }}') as {{ signal_key }},
        {%- endfor %}
    from changes
    group by opportunity_id

),

final as (

    select
        weeks.opportunity_id,
        weeks.week_index,
        {%- for signal_key in signals %}
            case
                -- today is told by the newest row, whatever a history says
                when weeks.week_index = 0 and not states.is_closed then signals.{{ signal_key }}
                when coalesce(tracked.{{ signal_key }}, false) then week_signals.{{ signal_key }}
                else signals.{{ signal_key }}
            end as {{ signal_key }},
        {%- endfor %}
    from weeks
    inner join windows on weeks.week_index * 7 < windows.days
    inner join states on weeks.opportunity_id = states.opportunity_id
    left join signals on weeks.opportunity_id = signals.opportunity_id
    left join tracked on weeks.opportunity_id = tracked.opportunity_id
    left join week_signals
        on weeks.opportunity_id = week_signals.opportunity_id and weeks.week_index = week_signals.week_index

)

select * from final
