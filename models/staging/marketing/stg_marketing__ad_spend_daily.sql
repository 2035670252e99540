with source as (

    {{ select_contract_columns('marketing', 'ad_spend_daily', [('_fivetran_synced', 'ts')]) }}

),

renamed as (

    select
        date_day as spend_on,
        platform,
        campaign_id,
        account_id as ad_account_id,
        cast(spend as decimal(18, 4)) as spend,
        upper(currency) as currency,
        source_relation,
        _fivetran_synced as synced_at
    from source

),

latest as (

    {{ dedupe_latest(
        'renamed', ['spend_on', 'platform', 'campaign_id', 'ad_account_id', 'source_relation'], ['synced_at']
    ) }}

),

final as (

    select
        spend_on,
        platform,
        campaign_id,
        ad_account_id,
        spend,
        currency,
        source_relation,
        synced_at
    from latest

)

select * from final
