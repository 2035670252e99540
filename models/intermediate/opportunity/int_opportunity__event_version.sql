-- One row per version of an opportunity's row that was known by the as-of day and differs from the version before in stage,
-- amount, currency, close date or outcome. A single version that does not go back to the creation of the deal and is still
-- the present row says no more than that row does, and is left out.
with versions as (

    select * from {{ ref('stg_salesforce__opportunity_version') }}
    where {{ was_known('version_at') }} and {{ was_loaded('synced_at') }} and not is_deleted

),

present_rows as (

    select * from {{ ref('int_opportunity__present_row') }}

),

history_start as (

    select days from {{ ref('history_window') }}
    where window_key = 'history_start'

),

compared as (

    select
        *,
        row(stage_name, amount, currency, close_on, is_closed, is_won) is distinct from lag(
            row(stage_name, amount, currency, close_on, is_closed, is_won)
        ) over deal as has_changed,
        row_number() over deal as version_order,
    from versions
    window deal as (partition by opportunity_id order by version_at)

),

changed as (

    select
        *,
        count(*) over (partition by opportunity_id) as n_states,
        min(version_at) over (partition by opportunity_id) as first_version_at,
    from compared
    where has_changed or version_order = 1

),

final as (

    select
        changed.opportunity_id || ' ' || cast(changed.version_at as varchar) as event_id,
        changed.opportunity_id,
        changed.version_at as changed_at,
        changed.stage_name,
        changed.amount,
        changed.currency,
        changed.close_on,
        changed.probability_rate,
        changed.is_closed,
        changed.is_won,
    from changed
    inner join present_rows on changed.opportunity_id = present_rows.opportunity_id
    cross join history_start
    where
        changed.n_states > 1
        or not present_rows.is_row_current
        or {{ days_between('present_rows.created_at', 'changed.first_version_at') }} <= history_start.days

)

select * from final
