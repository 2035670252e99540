-- One row per opportunity for which a concession was asked at the deal desk before the deal closed: what became of the
-- first request that was decided by then, and whether that was decided at random.
with requests as (

    select * from {{ ref('stg_crm__deal_desk_request') }}

),

states as (

    select * from {{ ref('int_opportunity__state') }}

),

statuses as (

    select * from {{ ref('deal_desk_status') }}

),

reasons as (

    select {{ hash_personal('reason') }} as reason_hash
    from {{ ref('randomised_reason') }}

),

timed as (

    select
        requests.*,
        states.closed_at,
        -- the status is today's; it was known once it was decided
        case
            when {{ was_known('requests.decided_at') }} and coalesce(requests.decided_at <= states.closed_at, true)
                then statuses.outcome
        end as outcome,
    from requests
    inner join states on requests.opportunity_id = states.opportunity_id
    left join statuses on lower(trim(requests.request_status)) = statuses.request_status
    where
        {{ was_known('requests.requested_at') }}
        and {{ was_loaded('requests.synced_at') }}
        and coalesce(requests.requested_at <= states.closed_at, true)
        -- asking for an earlier close is no concession, unless something is given for it
        and (requests.pull_in_days is null or requests.arr_discount_pct > 0 or requests.margin_points > 0)

),

ranked as (

    select
        timed.*,
        reasons.reason_hash is not null as is_randomised,
        row_number() over (
            partition by timed.opportunity_id
            order by timed.outcome is null, timed.decided_at, timed.requested_at, timed.request_id
        ) as request_rank,
        count(*) over (partition by timed.opportunity_id) as n_requests,
    from timed
    left join reasons on timed.reason_hash = reasons.reason_hash

),

final as (

    select
        opportunity_id,
        request_id,
        outcome,
        n_requests,
        arr_discount_pct as requested_discount_pct,
        case when outcome = 'granted' then margin_points end as granted_margin_points,
        -- what nobody has decided was not decided by lot
        is_randomised and outcome is not null as is_randomised,
    from ranked
    where request_rank = 1

)

select * from final
