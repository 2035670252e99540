-- One row per check: what was checked, how it went, how many rows it touches.
with checks as (

    select * from {{ ref('fct_data_check') }}

),

final as (

    select
        check_name,
        check_group,
        status,
        n_rows,
        detail,
        {{ as_of_date() }} as as_of_date,
    from checks

)

select * from final
