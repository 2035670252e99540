with source as (

    {{ select_contract_columns('salesforce', 'contract') }}

),

final as (

    select
        id as contract_id,
        contract_number,
        account_id,
        owner_id as owner_user_id,
        status as contract_status,
        start_date as start_on,
        end_date as end_on,
        contract_term as term_months,
        activated_date as activated_at,
        company_signed_date as company_signed_on,
        customer_signed_date as customer_signed_on,
        coalesce(is_deleted, false) as is_deleted,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
