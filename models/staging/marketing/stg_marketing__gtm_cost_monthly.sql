with source as (

    {{ select_contract_columns('marketing', 'gtm_cost_monthly', [('_fivetran_synced', 'ts')]) }}

),

renamed as (

    select
        cast(date_trunc('month', month) as date) as cost_month_on,
        lower(cost_type) as cost_type_name,
        channel,
        amount as line_amount,
        upper(currency) as currency_code,
        {{ normalise_salesforce_id('salesforce_campaign_id') }} as campaign_id,
        segment_key,
        {{ normalise_salesforce_id('owner_id') }} as owner_user_id,
        note,
        _fivetran_synced as line_synced_at
    from source

),

-- a replayed file repeats whole lines; lines that differ in anything but load time are different costs
cost_line as (

    select
        cost_month_on,
        cost_type_name,
        channel,
        line_amount,
        currency_code,
        campaign_id,
        segment_key,
        owner_user_id,
        note,
        max(line_synced_at) as line_synced_at
    from renamed
    group by
        cost_month_on, cost_type_name, channel, line_amount, currency_code, campaign_id, segment_key,
        owner_user_id, note

),

final as (

    select
        cost_month_on,
        cost_type_name as cost_type,
        channel,
        cast(sum(line_amount) as decimal(18, 2)) as amount,
        currency_code as currency,
        campaign_id as salesforce_campaign_id,
        segment_key,
        owner_user_id,
        max(line_synced_at) as synced_at
    from cost_line
    group by cost_month_on, cost_type_name, channel, currency_code, campaign_id, segment_key, owner_user_id

)

select * from final
