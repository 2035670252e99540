-- One row per opportunity and tracked field: the value it had at the as-of day, told by the field history alone: the
-- newest change known by then, or the old value of the first change after it.
with changes as (

    select * from {{ ref('int_opportunity__field_change') }}

),

final as (

    {{ select_field_values('changes', 'changes.is_known') }}
    group by changes.opportunity_id, changes.field_key

)

select * from final
