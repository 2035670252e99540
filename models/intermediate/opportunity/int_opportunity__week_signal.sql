-- One row per opportunity and week in which a tracked field that segments look at had a value: the deal signals as they
-- stood at the week's end, told by the field history alone. Unlike the signals at the close, these do not know how far the
-- deal came. Null = not known then.
{%- set signals = list_deal_signals() %}
with weeks as (

    select * from {{ ref('int_opportunity__week') }}

),

changes as (

    select * from {{ ref('int_opportunity__field_change') }}

),

ordered as (

    select
        opportunity_id,
        field_key,
        changed_at,
        old_value,
        new_value,
        row_number() over field_of_deal as change_order,
        lead(changed_at, 1, timestamp '9999-12-31') over field_of_deal as next_changed_at,
    from changes
    window field_of_deal as (partition by opportunity_id, field_key order by changed_at)

),

-- before its first change a field had the old value of that change
values_in_time as (

    select
        opportunity_id,
        field_key,
        changed_at as valid_from_at,
        next_changed_at as valid_until_at,
        new_value as value_text,
    from ordered
    union all
    select
        opportunity_id,
        field_key,
        timestamp '1900-01-01' as valid_from_at,
        changed_at as valid_until_at,
        old_value as value_text,
    from ordered
    where change_order = 1

),

fields as (

    select
        weeks.opportunity_id,
        weeks.week_index,
        values_in_time.field_key,
        values_in_time.value_text,
    from weeks
    inner join values_in_time
        on
            weeks.opportunity_id = values_in_time.opportunity_id
            and cast(weeks.snapshot_on + 1 as timestamp) > values_in_time.valid_from_at
            and cast(weeks.snapshot_on + 1 as timestamp) <= values_in_time.valid_until_at
    where values_in_time.value_text is not null

),

picked as (

    select
        opportunity_id,
        week_index,
        {%- for signal_key in signals %}
            {{ pick_tracked_value(signal_key) }} as {{ signal_key }},
        {%- endfor %}
    from fields
    group by opportunity_id, week_index

),

final as (

    select
        opportunity_id,
        week_index,
        {%- for signal_key, sql_type in signals.items() %}
            try_cast({{ signal_key }} as {{ sql_type }}) as {{ signal_key }},
        {%- endfor %}
    from picked

)

select * from final
