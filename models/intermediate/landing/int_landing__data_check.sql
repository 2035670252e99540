-- One row per check on what landed: tables that are absent, rows that staging left out, keys held back.
with manifest as (

    select * from {{ ref('stg_landing__manifest') }}

),

row_fates as (

    select * from {{ ref('stg_landing__row_fate') }}

),

quarantine as (

    select * from {{ ref('int_landing__quarantine') }}

),

absent_tables as (

    select
        'tables_absent' as check_name,
        case when count(*) = 0 then 'pass' else 'info' end as status,
        count(*) as n_rows,
        coalesce(
            'Not delivered: ' || string_agg(source || '.' || table_name, ', ' order by source, table_name),
            'All tables delivered'
        ) as detail,
    from manifest
    where not is_present

),

left_out_by_fate as (

    select
        row_fate,
        case row_fate
            when 'repeat' then 'that repeat a kept row'
            when 'superseded' then 'superseded by a newer version'
            when 'test_mode' then 'of test mode'
            when 'temporary_line' then 'that are drafts of later invoice lines'
            when 'conflict' then 'held back because they contradict each other'
            else row_fate
        end as fate_in_words,
        cast(sum(n_rows) as bigint) as n_rows,
    from row_fates
    where row_fate <> 'kept'
    group by row_fate

),

rows_left_out as (

    select
        'rows_left_out' as check_name,
        case when count(*) = 0 then 'pass' else 'info' end as status,
        cast(coalesce(sum(n_rows), 0) as bigint) as n_rows,
        coalesce(
            'Rows not read: ' || string_agg(n_rows || ' ' || fate_in_words, ', ' order by n_rows desc, row_fate asc),
            'Every row was read'
        ) as detail,
    from left_out_by_fate

),

quarantine_by_table as (

    select
        source || '.' || table_name as raw_table,
        count(*) as n_keys,
        array_to_string(list(row_key order by row_key)[:3], ', ') as first_keys,
    from quarantine
    group by source || '.' || table_name

),

keys_held_back as (

    select
        'keys_in_conflict' as check_name,
        case when count(*) = 0 then 'pass' else 'warn' end as status,
        cast(coalesce(sum(n_keys), 0) as bigint) as n_rows,
        coalesce(
            'Newest rows of one key contradict each other, so none is read: '
            || string_agg(
                raw_table || ' ' || n_keys || ' (' || first_keys || case when n_keys > 3 then ', ...' else '' end || ')',
                '; ' order by raw_table
            )
            || '. Correct the export',
            'No key has contradicting rows'
        ) as detail,
    from quarantine_by_table

),

unioned as (

    select * from absent_tables
    union all
    select * from rows_left_out
    union all
    select * from keys_held_back

),

final as (

    select
        check_name,
        'landing' as check_group,
        status,
        n_rows,
        detail,
    from unioned

)

select * from final
