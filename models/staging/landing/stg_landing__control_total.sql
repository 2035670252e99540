-- A table and not a view like the rest of staging: it reads whole raw tables.
{{ config(materialized='table') }}

with totalled as (

    {% for chain in list_control_chains() -%}
        {{ total_raw_rows(chain) }}
    {% endfor %}

    -- types of the columns where a company has no billing at all
    select
        cast(null as varchar) as chain,
        cast(null as varchar) as step,
        cast(null as varchar) as currency,
        cast(null as bigint) as n_rows,
        cast(null as bigint) as n_keys,
        cast(null as bigint) as amount_minor
    where false

),

final as (

    select
        chain,
        step,
        currency,
        n_rows,
        n_keys,
        amount_minor
    from totalled

)

select * from final
