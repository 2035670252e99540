with source as (

    {{ select_contract_columns('salesforce', 'campaign_member') }}

),

final as (

    select
        id as campaign_member_id,
        campaign_id,
        lead_id,
        contact_id,
        status as member_status,
        has_responded,
        first_responded_date as first_responded_on,
        created_date as created_at,
        coalesce(is_deleted, false) as is_deleted,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
