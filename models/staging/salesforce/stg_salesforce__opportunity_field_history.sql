with source as (

    {{ select_contract_columns('salesforce', 'opportunity_field_history') }}

),

renamed as (

    select
        {{ normalise_salesforce_id('id') }} as field_history_id,
        {{ normalise_salesforce_id('opportunity_id') }} as opportunity_id,
        field as field_name,
        old_value,
        new_value,
        created_date as changed_at,
        coalesce(is_deleted, false) as is_deleted,
        _fivetran_synced as synced_at
    from source

),

latest as (

    {{ dedupe_latest('renamed', ['field_history_id'], ['synced_at']) }}

),

final as (

    select
        field_history_id,
        opportunity_id,
        field_name,
        old_value,
        new_value,
        changed_at,
        is_deleted,
        synced_at
    from latest

)

select * from final
