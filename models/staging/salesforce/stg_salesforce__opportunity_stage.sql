with source as (

    {{ select_contract_columns('salesforce', 'opportunity_stage') }}

),

final as (

    select
        id as stage_id,
        api_name as stage_name,
        master_label as stage_label,
        is_active,
        sort_order,
        is_closed,
        is_won,
        forecast_category,
        cast(default_probability * 0.01 as decimal(9, 6)) as default_probability_rate,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
