with row_fates as (

    select * from {{ ref('stg_landing__row_fate') }}

),

final as (

    select
        source,
        table_name,
        row_key,
        n_rows,
        n_versions,
    from row_fates
    where row_fate = 'conflict'

)

select * from final
