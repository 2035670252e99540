-- A failing row is a raw table whose rows are neither in its staging model nor counted as left out: rows were lost or
-- doubled on the way in. Counts the model itself, so it also sees a filter or a join that a model adds on its own. Says
-- nothing about whether a row was left out for the right reason.
-- noqa: disable=LT02,LT05
{{ config(group='platform') }}
-- depends_on: {{ ref('stg_landing__row_fate') }}
with counted as (

    {% for source_name, table_name, model in list_contract_tables() -%}
    {%- set raw_table = source(source_name, table_name) -%}
    {%- set staging_model = ref(model) -%}
    {%- if execute and adapter.get_relation(raw_table.database, raw_table.schema, raw_table.identifier) is not none %}
    select
        '{{ source_name }}' as source,
        '{{ table_name }}' as table_name,
        (select count(*) from {{ raw_table }}) as n_raw,
        (select count(*) from {{ staging_model }}) as n_staged
    union all
    {% endif -%}
    {%- endfor %}
    -- types of the columns where a company has no table at all
    select
        cast(null as varchar) as source,
        cast(null as varchar) as table_name,
        cast(null as bigint) as n_raw,
        cast(null as bigint) as n_staged
    where false

),

left_out as (

    select
        source,
        table_name,
        sum(n_rows) as n_left_out
    from {{ ref('stg_landing__row_fate') }}
    where row_fate <> 'kept'
    group by source, table_name

)

select
    counted.source,
    counted.table_name,
    counted.n_raw,
    counted.n_staged,
    left_out.n_left_out
from counted
left join left_out
    on counted.source = left_out.source and counted.table_name = left_out.table_name
where counted.n_raw <> counted.n_staged + coalesce(left_out.n_left_out, 0)
