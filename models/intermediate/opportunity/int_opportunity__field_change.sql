-- One row per opportunity, tracked field and moment at which it changed, later changes included: the value before and
-- after, as text. Rows written in one second are read as one change, in the order in which each continues the other.
with present_rows as (

    select * from {{ ref('int_opportunity__present_row') }}

),

field_history as (

    select
        field_history.opportunity_id,
        -- Discount_Pct__c in the API, discount_pct_c after loading: compared by letters and digits only
        regexp_replace(lower(field_history.field_name), '[^a-z0-9]', '', 'g') as field_key,
        field_history.field_history_id,
        field_history.changed_at,
        field_history.old_value,
        field_history.new_value,
        {{ was_known('field_history.changed_at') }} and {{ was_loaded('field_history.synced_at') }} as is_known,
    from {{ ref('stg_salesforce__opportunity_field_history') }} as field_history
    inner join present_rows on field_history.opportunity_id = present_rows.opportunity_id
    -- the CRM deletes a deal's history with the deal; on the as-of day both were still there
    where not field_history.is_deleted or present_rows.is_deleted_later

),

keyed as (

    select
        opportunity_id,
        case field_key when 'owner' then 'ownerid' when 'account' then 'accountid' else field_key end as field_key,
        field_history_id,
        changed_at,
        old_value,
        new_value,
        is_known,
        -- a change of owner or account is written twice, once with the name and once with the id
        coalesce(new_value, old_value) is not null
        and regexp_full_match(coalesce(new_value, old_value), '[0-9A-Za-z]{15}([0-9A-Za-z]{3})?') as is_id,
    from field_history
    where field_key != 'created'

),

shared_moments as (

    select
        opportunity_id,
        field_key,
        changed_at,
    from keyed
    group by opportunity_id, field_key, changed_at
    having count(*) > 1

),

tied as (

    select keyed.*
    from keyed
    inner join shared_moments
        on
            keyed.opportunity_id = shared_moments.opportunity_id
            and keyed.field_key = shared_moments.field_key
            and keyed.changed_at = shared_moments.changed_at

),

followed as (

    select distinct
        earlier.field_history_id as earlier_id,
        later.field_history_id as later_id,
    from tied as earlier
    inner join tied as later
        on
            earlier.opportunity_id = later.opportunity_id
            and earlier.field_key = later.field_key
            and earlier.changed_at = later.changed_at
            and earlier.field_history_id != later.field_history_id
            and earlier.new_value is not distinct from later.old_value

),

continuing as (

    select distinct later_id as field_history_id
    from followed

),

continued as (

    select distinct earlier_id as field_history_id
    from followed

),

ranked as (

    select
        keyed.opportunity_id,
        keyed.field_key,
        keyed.changed_at,
        keyed.is_known,
        -- the first and the last word of the moment
        first_value(keyed.old_value) over (
            moment
            order by keyed.is_id desc, continuing.field_history_id is not null asc, keyed.field_history_id asc
        ) as old_value,
        first_value(keyed.new_value) over (
            moment
            order by keyed.is_id desc, continued.field_history_id is not null asc, keyed.field_history_id desc
        ) as new_value,
        row_number() over (
            moment
            order by keyed.field_history_id asc
        ) as moment_rank,
    from keyed
    left join continuing on keyed.field_history_id = continuing.field_history_id
    left join continued on keyed.field_history_id = continued.field_history_id
    window moment as (partition by keyed.opportunity_id, keyed.field_key, keyed.changed_at)

),

final as (

    select
        opportunity_id,
        field_key,
        changed_at,
        is_known,
        old_value,
        new_value,
    from ranked
    where moment_rank = 1

)

select * from final
