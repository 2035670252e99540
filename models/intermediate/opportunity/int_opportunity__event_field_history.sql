-- One row per moment at which a tracked stage, amount, close date, probability or currency changed by the as-of day, and
-- one for what they were before: the values after the change. A field that is not tracked stays null.
{%- set fields = {
    'stagename': 'stage_name',
    'amount': 'amount',
    'closedate': 'close_on',
    'probability': 'probability_rate',
    'currencyisocode': 'currency',
} %}
with changes as (

    select * from {{ ref('int_opportunity__field_change') }}
    where field_key in ('{{ fields | join("', '") }}')

),

present_rows as (

    select * from {{ ref('int_opportunity__present_row') }}

),

-- what was before the first change of a field is known from the day on which the company tracks it
tracked_fields as (

    select
        field_key,
        min(changed_at) as tracked_from_at,
    from changes
    where is_known
    group by field_key

),

first_changes as (

    select
        opportunity_id,
        field_key,
        min(changed_at) as first_changed_at,
        arg_min(coalesce(old_value, ''), changed_at) as old_value,
    from changes
    group by opportunity_id, field_key

),

-- a tracked field that never changed has always held what the row says, as long as the row itself has not changed since
beginnings as (

    select
        present_rows.opportunity_id,
        tracked_fields.field_key,
        greatest(
            coalesce(present_rows.created_at, present_rows.first_recorded_at), tracked_fields.tracked_from_at
        ) as changed_at,
        first_changes.first_changed_at,
        case
            when first_changes.opportunity_id is not null then nullif(first_changes.old_value, '')
            when present_rows.is_row_current
                then
                    case tracked_fields.field_key
                        when 'stagename' then present_rows.stage_name
                        when 'amount' then cast(present_rows.amount as varchar)
                        when 'closedate' then cast(present_rows.close_on as varchar)
                        when 'probability' then cast(present_rows.probability_rate * 100 as varchar)
                        when 'currencyisocode' then present_rows.currency
                    end
        end as value_text,
    from present_rows
    cross join tracked_fields
    left join first_changes
        on
            present_rows.opportunity_id = first_changes.opportunity_id
            and tracked_fields.field_key = first_changes.field_key

),

values_in_time as (

    select
        opportunity_id,
        field_key,
        changed_at,
        coalesce(new_value, '') as value_text,
    from changes
    where is_known

    union all

    select
        opportunity_id,
        field_key,
        changed_at,
        value_text,
    from beginnings
    where
        value_text is not null
        and {{ was_known('changed_at') }}
        and coalesce(changed_at < first_changed_at, true)

),

per_moment as (

    select
        opportunity_id,
        changed_at,
        {%- for field_key, column_name in fields.items() %}
            max(case when field_key = '{{ field_key }}' then value_text end) as {{ column_name }}_text,
        {%- endfor %}
    from values_in_time
    group by opportunity_id, changed_at

),

carried as (

    select
        opportunity_id,
        changed_at,
        {%- for column_name in fields.values() %}
            nullif(last_value({{ column_name }}_text ignore nulls) over deal, '') as {{ column_name }}_text,
        {%- endfor %}
    from per_moment
    window deal as (partition by opportunity_id order by changed_at rows between unbounded preceding and current row)

),

final as (

    select
        opportunity_id || ' ' || cast(changed_at as varchar) as event_id,
        opportunity_id,
        changed_at,
        stage_name_text as stage_name,
        try_cast(amount_text as decimal(18, 2)) as amount,
        upper(currency_text) as currency,
        -- dates come with or without a time behind them
        try_cast(left(close_on_text, 10) as date) as close_on,
        cast(try_cast(probability_rate_text as decimal(9, 4)) * 0.01 as decimal(9, 6)) as probability_rate,
    from carried

)

select * from final
