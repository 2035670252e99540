-- A failing row is a segment whose pooled cohorts at age 12 are not the sum of the twelve-month outcomes that other marts count
-- from: customers, those that left, and starting and ending ARR where both are known. Late entries have outcomes and no cohort.
with outcomes as (

    select
        cohorts.segment_id,
        outcomes.has_churned,
        case when not starts.is_mrr_unknown and outcomes.ending_arr_cents is not null then outcomes.starting_arr_cents end
            as starting_arr_cents,
        case
            when not starts.is_mrr_unknown and outcomes.starting_arr_cents is not null then outcomes.ending_arr_cents
        end as ending_arr_cents,
    from {{ ref('int_lifecycle__outcome_12m') }} as outcomes
    inner join {{ ref('int_lifecycle__cohort') }} as cohorts on outcomes.customer_id = cohorts.customer_id
    inner join {{ ref('fct_customer_month') }} as starts
        on outcomes.customer_id = starts.customer_id and starts.age_month = 0
    where not cohorts.is_late_entry

),

counted as (

    select
        case grouping(segment_id) when 1 then 'all' else segment_id end as segment_id,
        count(*) as n_observed,
        count(*) filter (where not has_churned) as n_stayed,
        sum(starting_arr_cents) as starting_arr_cents,
        sum(ending_arr_cents) as ending_arr_cents,
        sum(least(ending_arr_cents, starting_arr_cents)) as kept_arr_cents,
    from outcomes
    group by grouping sets ((segment_id), ())  -- noqa: PRS
    having count(*) > 0

),

cells as (

    select * from {{ ref('fct_segment_cohort_month') }}
    where cohort = 'all' and age_month = 12

)

select
    coalesce(counted.segment_id, cells.segment_id) as segment_id,
    counted.n_observed as n_expected,
    cells.n_observed,
from counted
full outer join cells on counted.segment_id = cells.segment_id
where
    coalesce(counted.n_observed, 0) != coalesce(cells.n_observed, 0)
    or coalesce(counted.n_stayed, 0) != coalesce(cells.n_stayed, 0)
    or counted.starting_arr_cents is distinct from cells.starting_arr_cents
    or counted.ending_arr_cents is distinct from cells.ending_arr_cents
    or counted.kept_arr_cents is distinct from cells.kept_arr_cents
