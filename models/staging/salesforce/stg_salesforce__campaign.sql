with source as (

    {{ select_contract_columns('salesforce', 'campaign') }}

),

final as (

    select
        id as campaign_id,
        name as campaign_name,
        parent_id as parent_campaign_id,
        owner_id as owner_user_id,
        type as campaign_type,
        status as campaign_status,
        is_active,
        start_date as start_on,
        end_date as end_on,
        cast(budgeted_cost as decimal(18, 2)) as budgeted_cost,
        cast(actual_cost as decimal(18, 2)) as actual_cost,
        cast(expected_revenue as decimal(18, 2)) as expected_revenue,
        cast(amount_all_opportunities as decimal(18, 2)) as amount_all_opportunities,
        cast(amount_won_opportunities as decimal(18, 2)) as amount_won_opportunities,
        cast(number_sent as decimal(18, 2)) as number_sent,
        upper(currency_iso_code) as currency,
        coalesce(is_deleted, false) as is_deleted,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
