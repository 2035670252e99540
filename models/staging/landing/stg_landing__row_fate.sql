-- A table and not a view like the rest of staging: it reads every raw table, and several models and tests read it.
{{ config(materialized='table') }}

with counted as (

    {% for source_name, table_name, _ in list_contract_tables() -%}
    {{ count_row_fates(source_name, table_name) }}
    {% endfor %}

    -- types of the columns where a company has no table at all
    select
        cast(null as varchar) as source,
        cast(null as varchar) as table_name,
        cast(null as varchar) as row_fate,
        cast(null as varchar) as row_key,
        cast(null as bigint) as n_rows,
        cast(null as bigint) as n_versions
    where false

),

final as (

    select
        source,
        table_name,
        row_fate,
        row_key,
        n_rows,
        n_versions
    from counted

)

select * from final
