with source as (

    {{ select_contract_columns('zendesk', 'domain_name') }}

),

final as (

    select
        {{ scope_id('organization_id') }} as organization_id,
        index as domain_index,
        lower(trim(domain_name)) as domain_name,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
