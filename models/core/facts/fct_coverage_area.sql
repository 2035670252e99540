-- One row per area of knowledge: whether any of its raw tables came with rows, and what readers do without if not.
with manifest as (

    select * from {{ ref('stg_landing__manifest') }}

),

areas as (

    select * from {{ ref('coverage_area') }}

),

area_tables as (

    select * from {{ ref('coverage_table') }}

),

delivered as (

    select
        area_tables.area,
        count(*) filter (where coalesce(manifest.n_rows, 0) = 0) as n_missing_tables,
        bool_or(coalesce(manifest.n_rows, 0) > 0) as is_delivered,
    from area_tables
    left join manifest
        on area_tables.source = manifest.source and area_tables.table_name = manifest.table_name
    group by area_tables.area

),

final as (

    select
        areas.area,
        areas.area_order,
        delivered.is_delivered,
        -- what an area says is folded into the one it rests on when that one is missing itself
        coalesce(resting_on.is_delivered, true) as is_applicable,
        delivered.n_missing_tables,
        areas.sentence,
    from areas
    inner join delivered on areas.area = delivered.area
    left join delivered as resting_on on areas.requires_area = resting_on.area

)

select * from final
