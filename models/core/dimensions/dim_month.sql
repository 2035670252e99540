-- One row per complete calendar month, from the first paid month to the last month that ended by the as-of day.
with subscriptions as (

    select * from {{ ref('int_revenue__subscription') }}

),

bounds as (

    select
        {{ month_start('min(started_at)') }} as first_month_on,
        {{ last_complete_month() }} as last_month_on,
    from subscriptions

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
