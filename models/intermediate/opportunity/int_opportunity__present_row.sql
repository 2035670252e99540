-- One row per opportunity that was not deleted by the as-of day: its present CRM row, and whether that row may speak for
-- the as-of day. The only reader of the present row; every other model of a deal's past comes here and asks
-- `is_row_current` first.
with opportunities as (

    select * from {{ ref('stg_salesforce__opportunity') }}
    -- a deal deleted after the as-of day was still there on it
    where not (is_deleted and {{ was_known('coalesce(modified_at, created_at, synced_at)') }})

),

recorded_changes as (

    select
        opportunity_id,
        min(changed_at) as first_at,
        max(changed_at) as last_at,
    from {{ ref('stg_salesforce__opportunity_history') }}
    group by opportunity_id

    union all

    select
        opportunity_id,
        min(changed_at) as first_at,
        max(changed_at) as last_at,
    from {{ ref('stg_salesforce__opportunity_field_history') }}
    group by opportunity_id

),

recorded as (

    select
        opportunity_id,
        min(first_at) as first_recorded_at,
        max(last_at) as last_recorded_at,
    from recorded_changes
    group by opportunity_id

),

-- Loader time says nothing about what was known, so the newest recorded event stands for the end of the export.
export_end as (

    select
        greatest(
            (select max(last_recorded_at) from recorded),
            (select max(created_at) from opportunities),
            (select max(modified_at) from opportunities)
        ) as last_event_at,

),

final as (

    select
        opportunities.* exclude (is_deleted),
        opportunities.is_deleted as is_deleted_later,
        recorded.first_recorded_at,
        export_end.last_event_at as export_end_at,
        case
            when not {{ was_loaded('opportunities.synced_at') }} then 'loaded_later'
            when not {{ was_known('recorded.last_recorded_at') }} then 'changed_later'
            when {{ was_known('opportunities.modified_at') }} then 'unchanged'
            when opportunities.modified_at is not null then 'changed_later'
            when {{ was_known('export_end.last_event_at') }} then 'unchanged'
            else 'undated'
        end as row_basis,
        row_basis = 'unchanged' as is_row_current,
    from opportunities
    cross join export_end
    left join recorded on opportunities.opportunity_id = recorded.opportunity_id

)

select * from final
