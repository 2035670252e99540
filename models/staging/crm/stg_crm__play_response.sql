with source as (

    {{ select_contract_columns('crm', 'play_response') }}

),

final as (

    select
        opportunity_id,
        decision_week as decision_week_on,
        replied_at,
        lower(response) as response,
        reason_code,
        _fivetran_synced as synced_at
    from source

)

select * from final
