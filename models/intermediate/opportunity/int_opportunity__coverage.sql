-- The one row of what the company delivered about its deals by the as-of day. A source that was delivered makes silence a
-- fact; one that was not leaves what it would tell unknown.
with final as (

    select
        exists (select 1 from {{ ref('int_opportunity__event') }} where stage_name is not null) as has_stage_history,
        exists (select 1 from {{ ref('int_opportunity__activity') }}) as has_activities,
        exists (select 1 from {{ ref('int_opportunity__activity') }} where contact_id is not null) as has_activity_contacts,
        exists (select 1 from {{ ref('int_opportunity__stakeholder') }}) as has_stakeholders,
        exists (select 1 from {{ ref('int_opportunity__capability_repeat') }}) as has_capability_visits,
        exists (select 1 from {{ ref('int_opportunity__owner_change') }}) as has_owner_tracking,
        exists (select 1 from {{ ref('int_opportunity__field_change') }} where is_known) as has_field_history,
        exists (select 1 from {{ ref('int_opportunity__present_row') }} where modified_at is not null) as has_change_times,

)

select * from final
