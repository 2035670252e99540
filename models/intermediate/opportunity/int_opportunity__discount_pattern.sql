-- One row per opportunity and decision week: how often more discount was given or asked for by then after the first, from the
-- history of the discount and the requests at the deal desk. Null = the company keeps neither.
with decisions as (

    select * from {{ ref('int_opportunity__decision_week') }}

),

states as (

    select * from {{ ref('int_opportunity__state') }}

),

changes as (

    select * from {{ ref('int_opportunity__field_change') }}
    where field_key = '{{ get_field_key("discount_pct") }}' and is_known

),

requests as (

    select * from {{ ref('stg_crm__deal_desk_request') }}
    where
        {{ was_known('requested_at') }}
        and {{ was_loaded('synced_at') }}
        and (arr_discount_pct > 0 or margin_points > 0)

),

-- what happened before the company kept this history, nobody knows
tracking as (

    select
        (select min(changed_at) from changes) as fields_from_at,
        (select min(requested_at) from requests) as requests_from_at,

),

spine as (

    select
        decisions.opportunity_id,
        decisions.week_index,
        cast(decisions.snapshot_on + 1 as timestamp) as snapshot_end_at,
        coalesce(states.created_at >= tracking.fields_from_at, false) as is_field_tracked,
        coalesce(cast(decisions.snapshot_on + 1 as timestamp) > tracking.requests_from_at, false) as is_desk_known,
    from decisions
    inner join states on decisions.opportunity_id = states.opportunity_id
    cross join tracking

),

raises as (

    select
        spine.opportunity_id,
        spine.week_index,
        count(*) as n_raises,
    from spine
    inner join changes
        on spine.opportunity_id = changes.opportunity_id and spine.snapshot_end_at > changes.changed_at
    where
        -- the first discount is no pattern
        try_cast(changes.old_value as decimal(28, 4)) > 0
        and try_cast(changes.new_value as decimal(28, 4)) > try_cast(changes.old_value as decimal(28, 4))
    group by spine.opportunity_id, spine.week_index

),

asked as (

    select
        spine.opportunity_id,
        spine.week_index,
        count(*) - 1 as n_more_requests,
    from spine
    inner join requests
        on spine.opportunity_id = requests.opportunity_id and spine.snapshot_end_at > requests.requested_at
    group by spine.opportunity_id, spine.week_index

),

final as (

    select
        spine.opportunity_id,
        spine.week_index,
        -- a request that is granted raises the discount: one step and not two
        greatest(
            case when spine.is_field_tracked or raises.n_raises > 0 then coalesce(raises.n_raises, 0) end,
            case when spine.is_desk_known then coalesce(asked.n_more_requests, 0) end
        ) as discount_steps,
    from spine
    left join raises on spine.opportunity_id = raises.opportunity_id and spine.week_index = raises.week_index
    left join asked on spine.opportunity_id = asked.opportunity_id and spine.week_index = asked.week_index

)

select * from final
