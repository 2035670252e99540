-- One row per opportunity and moment by the as-of day at which its owner changed: from the field history, else from kept
-- versions of the deal.
with field_changes as (

    select
        opportunity_id,
        changed_at,
        -- a change recorded by name only is a change to someone unknown
        case when old_value like '005%' then {{ normalise_salesforce_id('old_value') }} end as previous_owner_user_id,
        case when new_value like '005%' then {{ normalise_salesforce_id('new_value') }} end as owner_user_id,
        'field_history' as change_source,
    from {{ ref('int_opportunity__field_change') }}
    where field_key = 'ownerid' and is_known

),

versions as (

    select
        opportunity_id,
        version_at as changed_at,
        lag(owner_user_id) over (partition by opportunity_id order by version_at) as previous_owner_user_id,
        owner_user_id,
        'version' as change_source,
    from {{ ref('stg_salesforce__opportunity_version') }}
    where
        {{ was_known('version_at') }}
        and {{ was_loaded('synced_at') }}
        and not is_deleted
        and opportunity_id not in (select opportunity_id from field_changes)

),

unioned as (

    select * from field_changes
    union all
    select * from versions
    where previous_owner_user_id is not null

),

final as (

    select
        opportunity_id,
        changed_at,
        previous_owner_user_id,
        owner_user_id,
        change_source,
        row_number() over (partition by opportunity_id order by changed_at) as change_order,
    from unioned
    -- the first entry of an owner is no change, nor is one to the same person
    where previous_owner_user_id is distinct from owner_user_id or owner_user_id is null

)

select * from final
