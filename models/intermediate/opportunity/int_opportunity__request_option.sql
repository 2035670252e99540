-- One row per request at the deal desk as it stood on the as-of day, and one per deal with several undecided ones, taken
-- together: several concessions on one deal are one treatment, in which each kind counts once, at its largest.
with requests as (

    select * from {{ ref('stg_crm__deal_desk_request') }}

),

statuses as (

    select * from {{ ref('deal_desk_status') }}

),

known as (

    select
        requests.*,
        -- a status is today's; it was known once it was decided
        case when {{ was_known('requests.decided_at') }} or requests.decided_at is null then requests.request_status end
            as status_then,
        coalesce(
            case when {{ was_known('requests.decided_at') }} or requests.decided_at is null then statuses.outcome end, 'open'
        ) as outcome,
        -- asking for an earlier close is no concession, unless something is given for it
        case
            when
                requests.pull_in_days > 0
                and coalesce(requests.arr_discount_pct, 0) <= 0 and coalesce(requests.margin_points, 0) <= 0
                then 'accelerate'
            else 'concede'
        end as question,
        case
            when
                requests.arr_discount_pct not between 0 and 100 or requests.margin_points not between 0 and 100
                or requests.one_off_cost < 0 or requests.pull_in_days not between 0 and 730
                then 'implausible'
            when
                coalesce(
                    requests.arr_discount_pct, requests.margin_points, requests.one_off_cost, requests.pull_in_days,
                    requests.term_months, requests.payment_terms_days
                ) is null
                then 'not_stated'
            else 'stated'
        end as terms_status,
        -- written as a share or in per cent
        case
            when abs(requests.expected_win_uplift) > 1 then requests.expected_win_uplift / 100
            else requests.expected_win_uplift
        end as claimed_win_uplift,
    from requests
    left join statuses on lower(trim(requests.request_status)) = statuses.request_status
    where {{ was_known('requests.requested_at') }} and {{ was_loaded('requests.synced_at') }}

),

counted as (

    select
        *,
        count(*) filter (where outcome = 'open') over (partition by opportunity_id) as n_open,
    from known

),

together as (

    select
        opportunity_id,
        count(*) as n_requests,
        case when bool_or(question = 'concede') then 'concede' else 'accelerate' end as question,
        case
            when bool_or(terms_status = 'implausible') then 'implausible'
            when bool_and(terms_status = 'not_stated') then 'not_stated'
            else 'stated'
        end as terms_status,
        max(arr_discount_pct) as discount_points,
        max(coalesce(margin_points, arr_discount_pct)) as margin_points,
        max(term_months) as term_months,
        max(payment_terms_days) as payment_terms_days,
        max(one_off_cost) as one_off_cost,
        max(pull_in_days) as pull_in_days,
    from counted
    where outcome = 'open' and n_open > 1
    group by opportunity_id

),

final as (

    select
        opportunity_id,
        'request:' || request_id as option_id,
        request_id,
        question,
        status_then as request_status,
        outcome,
        1 as n_requests,
        outcome = 'open' and n_open > 1 as is_part_of_whole,
        terms_status,
        arr_discount_pct as discount_points,
        -- a point of price is a point of margin: the costs of serving stay
        coalesce(margin_points, arr_discount_pct) as margin_points,
        term_months,
        payment_terms_days,
        one_off_cost,
        pull_in_days,
        claimed_win_uplift,
    from counted
    union all
    select
        opportunity_id,
        'requests_together' as option_id,
        cast(null as varchar) as request_id,
        question,
        cast(null as varchar) as request_status,
        'open' as outcome,
        n_requests,
        false as is_part_of_whole,
        terms_status,
        discount_points,
        margin_points,
        term_months,
        payment_terms_days,
        one_off_cost,
        pull_in_days,
        cast(null as decimal(18, 4)) as claimed_win_uplift,
    from together

)

select * from final
