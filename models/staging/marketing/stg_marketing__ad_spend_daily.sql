with source as (

    {{ select_contract_columns('marketing', 'ad_spend_daily') }}

),

final as (

    select
        date_day as spend_on,
        platform,
        campaign_id,
        campaign_name,
        account_id as ad_account_id,
        account_name as ad_account_name,
        clicks,
        impressions,
        cast(spend as decimal(18, 4)) as spend,
        upper(currency) as currency,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
