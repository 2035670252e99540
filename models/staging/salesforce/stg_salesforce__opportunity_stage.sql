with source as (

    {{ select_contract_columns('salesforce', 'opportunity_stage') }}

),

renamed as (

    select
        {{ normalise_salesforce_id('id') }} as stage_id,
        api_name as stage_name,
        master_label as stage_label,
        is_active,
        sort_order,
        is_closed,
        is_won,
        cast(default_probability * 0.01 as decimal(9, 6)) as default_probability_rate,
        _fivetran_synced as synced_at
    from source

),

latest as (

    {{ dedupe_latest('renamed', ['stage_id'], ['synced_at']) }}

),

final as (

    select
        stage_id,
        stage_name,
        stage_label,
        is_active,
        sort_order,
        is_closed,
        is_won,
        default_probability_rate,
        synced_at
    from latest

)

select * from final
