with source as (

    {{ select_contract_columns('salesforce', 'opportunity_history') }}

),

final as (

    select
        id as opportunity_history_id,
        opportunity_id,
        stage_name,
        cast(amount as decimal(18, 2)) as amount,
        cast(prev_amount as decimal(18, 2)) as previous_amount,
        cast(expected_revenue as decimal(18, 2)) as expected_revenue,
        upper(currency_iso_code) as currency,
        close_date as close_on,
        prev_close_date as previous_close_on,
        cast(probability * 0.01 as decimal(9, 6)) as probability_rate,
        forecast_category,
        created_date as changed_at,
        created_by_id as changed_by_user_id,
        coalesce(is_deleted, false) as is_deleted,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
