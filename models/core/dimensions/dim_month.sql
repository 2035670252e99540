-- One row per complete calendar month, from the first subscription, bill or service day to the last month that ended by the
-- as-of day.
with subscriptions as (

    select * from {{ ref('int_revenue__subscription') }}

),

invoice_lines as (

    select * from {{ ref('int_revenue__invoice_line') }}

),

first_days as (

    select cast(min(started_at) as date) as first_on
    from subscriptions

    union all

    select least(min(service_from_on), min(billed_on)) as first_on
    from invoice_lines

),

bounds as (

    select
        {{ month_start('min(first_on)') }} as first_month_on,
        {{ last_complete_month() }} as last_month_on,
    from first_days

),

offsets as (

    select cast(range as integer) as month_offset
    from range(0, 600)

),

final as (

    select
        {{ add_months('bounds.first_month_on', 'offsets.month_offset') }} as month_on,
        cast({{ add_months('bounds.first_month_on', 'offsets.month_offset + 1') }} - interval '1 day' as date)
            as month_end_on,
        {{ add_months('bounds.first_month_on', 'offsets.month_offset + 1') }} as next_month_on,
        offsets.month_offset as month_index,
        cast(year({{ add_months('bounds.first_month_on', 'offsets.month_offset') }}) as varchar)
        || 'Q' || cast(quarter({{ add_months('bounds.first_month_on', 'offsets.month_offset') }}) as varchar)
            as calendar_quarter,
    from bounds
    cross join offsets
    where {{ add_months('bounds.first_month_on', 'offsets.month_offset') }} <= bounds.last_month_on

)

select * from final
