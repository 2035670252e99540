with source as (

    {{ select_contract_columns('intent', 'capability_visit_daily') }}

),

final as (

    select
        account_id,
        date_day as visited_on,
        contact_id,
        capability,
        visits,
        _fivetran_synced as synced_at
    from source

)

select * from final
