-- One row per opportunity: the deal signals of the company's field map as they stood when the deal closed or, while open, on
-- the as-of day. Null = not known then.
{%- set signals = list_deal_signals() %}
with states as (

    select * from {{ ref('int_opportunity__state') }}

),

present_rows as (

    select * from {{ ref('int_opportunity__present_row') }}

),

fields as (

    select * from {{ ref('int_opportunity__field_as_decided') }}

),

tracked as (

    select
        opportunity_id,
        {%- for signal_key in signals %}
            {{ pick_tracked_value(signal_key) }} as {{ signal_key }},
        {%- endfor %}
    from fields
    group by opportunity_id

),

final as (

    select
        states.opportunity_id,
        {%- for signal_key, sql_type in signals.items() %}
            case
                when states.is_row_current and not states.is_closed then present_rows.{{ signal_key }}
                else coalesce(
                    try_cast(tracked.{{ signal_key }} as {{ sql_type }}),
                    case when states.is_row_as_decided then present_rows.{{ signal_key }} end
                )
            end as {{ signal_key }},
        {%- endfor %}
        states.owner_changes,
        case
            when states.is_row_as_decided then 'unchanged row'
            when tracked.opportunity_id is not null then 'field history'
            else 'unknown'
        end as signal_basis,
    from states
    inner join present_rows on states.opportunity_id = present_rows.opportunity_id
    left join tracked on states.opportunity_id = tracked.opportunity_id

)

select * from final
