-- One row per opportunity and tracked field: the value it had at the as-of day, told by the field history alone: the
-- newest change known by then, or the old value of the first change after it.
with field_history as (

    select * from {{ ref('stg_salesforce__opportunity_field_history') }}
    where not is_deleted

),

keyed as (

    select
        opportunity_id,
        -- Discount_Pct__c in the API, discount_pct_c after loading: compared by letters and digits only
        regexp_replace(lower(field_name), '[^a-z0-9]', '', 'g') as field_key,
        changed_at,
        old_value,
        new_value,
        {{ was_known('changed_at') }} as was_known,
        field_history_id,
    from field_history
    where lower(field_name) != 'created'

),

ranked_known_changes as (

    select
        opportunity_id,
        field_key,
        new_value as value_text,
        row_number() over (
            partition by opportunity_id, field_key order by changed_at desc, field_history_id desc
        ) as change_rank,
        count(*) over (partition by opportunity_id, field_key) as known_changes,
    from keyed
    where was_known

),

ranked_later_changes as (

    select
        opportunity_id,
        field_key,
        old_value as value_text,
        row_number() over (
            partition by opportunity_id, field_key order by changed_at, field_history_id
        ) as change_rank,
    from keyed
    where not was_known

),

known_changes as (

    select * from ranked_known_changes
    where change_rank = 1

),

later_changes as (

    select * from ranked_later_changes
    where change_rank = 1

),

final as (

    select
        coalesce(known_changes.opportunity_id, later_changes.opportunity_id) as opportunity_id,
        coalesce(known_changes.field_key, later_changes.field_key) as field_key,
        case
            when known_changes.opportunity_id is not null then known_changes.value_text
            else later_changes.value_text
        end as value_text,
        coalesce(known_changes.known_changes, 0) as known_changes,
    from known_changes
    full join later_changes
        on
            known_changes.opportunity_id = later_changes.opportunity_id
            and known_changes.field_key = later_changes.field_key

)

select * from final
