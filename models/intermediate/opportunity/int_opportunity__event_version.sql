-- One row per version of an opportunity's row that was known by the as-of day and differs from the version before in stage,
-- amount, currency, close date or outcome. A single version that is still the present row says no more than that row does
-- and is left out, unless the company keeps versions and this one goes back to the creation of the deal.
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
        lag(stage_name) over deal as previous_stage_name,
        lag(amount) over deal as previous_amount,
        lag(currency) over deal as previous_currency,
        lag(close_on) over deal as previous_close_on,
        lag(is_closed) over deal as was_closed,
        lag(is_won) over deal as was_won,
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
    where
        version_order = 1
        or stage_name is distinct from previous_stage_name
        or amount is distinct from previous_amount
        or currency is distinct from previous_currency
        or close_on is distinct from previous_close_on
        or is_closed is distinct from was_closed
        or is_won is distinct from was_won

),

-- a loader that overwrites rows also shows a version of each, the newest
kept as (

    select count(distinct opportunity_id) filter (where n_states > 1) * 10 >= count(distinct opportunity_id) as are_kept
    from changed

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
    cross join kept
    where
        changed.n_states > 1
        or not present_rows.is_row_current
        or (
            kept.are_kept
            and {{ days_between('present_rows.created_at', 'changed.first_version_at') }} <= history_start.days
        )

)

select * from final
