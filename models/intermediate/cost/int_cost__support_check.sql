-- One row per check on where tickets and their handling time went, in the shape of fct_data_check.
with tickets as (

    select * from {{ ref('int_identity__ticket') }}
    where is_counted

),

ticket_time as (

    select * from {{ ref('int_cost__ticket_time') }}

),

totals as (

    select
        field_value,
        try_cast(trim(field_value) as decimal(18, 2)) as total_seconds,
    from {{ ref('stg_zendesk__ticket_field_history') }}
    where
        field_name = '{{ var("ticket_time_field") }}'
        and nullif(trim(field_value), '') is not null
        and {{ was_known('updated_at') }}

),

methods as (

    select
        match_method,
        count(*) as n_tickets,
    from tickets
    group by match_method

),

by_method as (

    select coalesce(string_agg(match_method || ' ' || n_tickets, ', ' order by match_method), 'none') as listed
    from methods

),

counts as (

    select
        'tickets_unplaced' as check_name,
        count(*) filter (where match_method = 'unplaced') as n_rows,
        count(*) filter (where not is_internal) as n_all,
        'Tickets that lead to no account; all tickets: ' || min(by_method.listed) as detail,
    from by_method
    left join tickets on true

    union all

    select
        'tickets_ambiguous' as check_name,
        count(*) filter (where is_ambiguous) as n_rows,
        count(*) as n_all,
        'Unplaced tickets on which something points at several accounts, of ' || count(*) as detail,
    from tickets

    union all

    select
        'support_time_assumed' as check_name,
        cast(coalesce(sum(seconds_added) filter (where is_assumed), 0) as bigint) as n_rows,
        cast(coalesce(sum(seconds_added), 0) as bigint) as n_all,
        'Seconds that stated minutes per ticket stand in for, of ' || cast(coalesce(sum(seconds_added), 0) as bigint)
        || ', on ' || count(distinct ticket_id) filter (where is_assumed) || ' tickets' as detail,
    from ticket_time

    union all

    select
        'support_totals_unreadable' as check_name,
        count(*) filter (where coalesce(total_seconds < 0, true)) as n_rows,
        count(*) as n_all,
        'Recorded totals of handling time that are no number or below zero, of ' || count(*) || '; left out' as detail,
    from totals

),

final as (

    {{ grade_counts('counts', 'economics') }}

)

select * from final
