-- One row per row of the CRM's opportunity history that was known by the as-of day: the values after the change.
with history as (

    select * from {{ ref('stg_salesforce__opportunity_history') }}
    where {{ was_known('changed_at') }} and {{ was_loaded('synced_at') }}

),

present_rows as (

    select * from {{ ref('int_opportunity__present_row') }}

),

final as (

    select
        history.opportunity_history_id as event_id,
        history.opportunity_id,
        history.changed_at,
        history.stage_name,
        history.amount,
        history.currency,
        history.close_on,
        history.probability_rate,
    from history
    inner join present_rows on history.opportunity_id = present_rows.opportunity_id
    -- the CRM deletes a deal's history with the deal; on the as-of day both were still there
    where not history.is_deleted or present_rows.is_deleted_later

)

select * from final
