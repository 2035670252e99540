-- One row per opportunity and tracked field: the value it had when the deal closed or, while open, on the as-of day,
-- told by the field history alone. What was changed after the signature is left out.
with changes as (

    select
        changes.*,
        changes.is_known and coalesce(changes.changed_at <= states.closed_at, true) as is_by_then,
    from {{ ref('int_opportunity__field_change') }} as changes
    inner join {{ ref('int_opportunity__state') }} as states on changes.opportunity_id = states.opportunity_id

),

final as (

    {{ select_field_values('changes', 'changes.is_by_then') }}
    group by changes.opportunity_id, changes.field_key

)

select * from final
