{% macro compare_row_counts(source_names) %}
    {#- Raw tables of the sources whose rows are neither in their staging model nor counted as left out, one row
        each; none when all is well. Counts the model itself, so it also sees a filter or a join that a model adds
        on its own. -#}
    with counted as (

        {% for source_name, table_name, model in list_contract_tables() if source_name in source_names -%}
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
{%- endmacro %}
