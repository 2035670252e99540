with source as (

    {{ select_contract_columns('zendesk', 'ticket_comment') }}

),

final as (

    select
        {{ scope_id('id') }} as ticket_comment_id,
        {{ scope_id('ticket_id') }} as ticket_id,
        {{ scope_id('user_id') }} as author_user_id,
        public as is_public,
        voice_comment as is_voice_comment,
        call_duration as call_seconds,
        created as created_at,
        coalesce(_fivetran_deleted, false) as is_deleted,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
