-- One row per segment, term type and month since the deal closed: how far what customers have paid by then lies ahead of what
-- was recognised, per 1 of starting ARR. Customers of the segment and term where there are 30 whose month is over, else of the
-- term, else all. Months that fewer have reached take the least lead of the twelve months before: what is not known to be paid
-- ahead is not counted on.
{% set fewest_customers = 30 %}

with customer_months as (

    select * from {{ ref('fct_cash_customer_month') }}
    where cumulative_collected_cents is not null and cumulative_recognised_cents is not null and month_since_close <= 60

),

customers as (

    select * from {{ ref('int_lifecycle__customer') }}

),

segments as (

    select * from {{ ref('int_lifecycle__customer_segment') }}

),

starting as (

    select
        customer_id,
        mrr_cents * 12 as arr_cents,
    from {{ ref('fct_customer_month') }}
    where age_month = 0 and mrr_cents > 0

),

wanted as (

    select distinct
        segment_id,
        term_type,
    from {{ ref('stg_predictions__life_path') }}

),

months as (

    select cast(range as integer) as month_since_close
    from range(0, 61)

),

paid as (

    select
        segments.segment_id,
        customers.term_type,
        customer_months.month_since_close,
        count(*) as n_customers,
        sum(customer_months.cumulative_collected_cents - customer_months.cumulative_recognised_cents) as lead_cents,
        sum(starting.arr_cents) as arr_cents,
    from customer_months
    inner join customers on customer_months.customer_id = customers.customer_id
    inner join starting on customer_months.customer_id = starting.customer_id
    inner join segments on customer_months.customer_id = segments.customer_id
    group by segments.segment_id, customers.term_type, customer_months.month_since_close

),

-- 1 the segment's own customers of that term, 2 everybody's of that term, 3 everybody
candidates as (

    select
        wanted.segment_id,
        wanted.term_type,
        paid.month_since_close,
        levels.level,
        sum(paid.n_customers) as n_customers,
        sum(paid.lead_cents) as lead_cents,
        sum(paid.arr_cents) as arr_cents,
    from wanted
    cross join (values (1), (2), (3)) as levels (level)
    inner join paid
        on
            (levels.level > 1 or wanted.segment_id = paid.segment_id)
            and (levels.level > 2 or wanted.term_type = paid.term_type)
    group by wanted.segment_id, wanted.term_type, paid.month_since_close, levels.level
    having sum(paid.n_customers) >= {{ fewest_customers }}

),

-- one level for the whole curve, so that it does not jump where a smaller group ends: the nearest one that saw a year
reached as (

    select
        segment_id,
        term_type,
        level,
        max(month_since_close) as last_month,
    from candidates
    group by segment_id, term_type, level

),

chosen as (

    select
        segment_id,
        term_type,
        coalesce(min(level) filter (where last_month >= 12), max(level)) as level,
    from reached
    group by segment_id, term_type

),

seen as (

    select
        candidates.segment_id,
        candidates.term_type,
        candidates.month_since_close,
        candidates.level,
        candidates.n_customers,
        reached.last_month,
        {{ round_ratio('candidates.lead_cents * 1000000', 'candidates.arr_cents') }} as lead_e6,
    from candidates
    inner join chosen
        on
            candidates.segment_id = chosen.segment_id
            and candidates.term_type = chosen.term_type
            and candidates.level = chosen.level
    inner join reached
        on
            candidates.segment_id = reached.segment_id
            and candidates.term_type = reached.term_type
            and candidates.level = reached.level

),

least as (

    select
        segment_id,
        term_type,
        level,
        last_month,
        least(min(lead_e6), 0) as lead_e6,
    from seen
    where month_since_close > last_month - 12
    group by segment_id, term_type, level, last_month

),

final as (

    select
        least.segment_id,
        least.term_type,
        months.month_since_close,
        least.level as evidence_level,
        coalesce(seen.n_customers, 0) as n_customers,
        coalesce(seen.lead_e6, least.lead_e6) as lead_e6,
    from least
    cross join months
    left join seen
        on
            least.segment_id = seen.segment_id
            and least.term_type = seen.term_type
            and months.month_since_close = seen.month_since_close

)

select * from final
