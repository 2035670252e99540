with source as (

    select * from {{ source('landing', 'manifest') }}

),

final as (

    select
        source,
        table_name,
        n_rows,
        sha256,
        is_present,
        n_missing_optional_columns,
        lost
    from source

)

select * from final
