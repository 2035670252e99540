with source as (

    {{ select_contract_columns('zendesk', 'ticket_tag') }}

),

final as (

    select
        {{ scope_id('ticket_id') }} as ticket_id,
        tag,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
