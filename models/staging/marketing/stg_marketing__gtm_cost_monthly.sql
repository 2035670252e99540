with source as (

    {{ select_contract_columns('marketing', 'gtm_cost_monthly') }}

),

final as (

    select
        cast(date_trunc('month', month) as date) as cost_month_on,
        lower(cost_type) as cost_type,
        channel,
        cast(amount as decimal(18, 4)) as amount,
        upper(currency) as currency,
        salesforce_campaign_id,
        segment_key,
        owner_id as owner_user_id,
        {{ hash_personal('note') }} as note_hash,
        _fivetran_synced as synced_at
    from source

)

select * from final
