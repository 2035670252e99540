-- One row per customer with an account that was a customer while use was measured: in which week since its start it reached
-- value, left before, or was still without it when last watched. Week 1 is the first seven days. Weeks count only when they
-- were watched whole; a customer that was there before the measurement joins late (left truncation).
with spells as (

    select * from {{ ref('int_lifecycle__first_spell') }}

),

customers as (

    select * from {{ ref('int_lifecycle__customer') }}

),

windows as (

    select * from {{ ref('int_lifecycle__usage_window') }}

),

usage_days as (

    select * from {{ ref('int_lifecycle__usage_day') }}

),

crosswalk as (

    select * from {{ ref('int_identity__crosswalk') }}
    where source_system = 'product'

),

definition as (

    select
        max(value) filter (where rule_key = 'least_matched_accounts') as least_matched_accounts,
        max(value) filter (where rule_key = 'watch_days_before_entry') as watch_days_before_entry,
    from {{ ref('value_definition') }}

),

matching as (

    select count(account_id) >= max(definition.least_matched_accounts) * count(*) as is_silence_known
    from crosswalk
    cross join definition

),

-- The first span that the customer lived in: after a gap nobody knows what happened in it.
watched as (

    select
        spells.customer_id,
        spells.started_on,
        spells.left_on,
        min(windows.measured_from_on) as measured_from_on,
        arg_min(windows.measured_until_on, windows.measured_from_on) as measured_until_on,
    from spells
    inner join windows
        on
            spells.started_on <= windows.measured_until_on
            and (spells.left_on is null or spells.left_on >= windows.measured_from_on)
    group by spells.customer_id, spells.started_on, spells.left_on

),

entered as (

    select
        watched.*,
        customers.account_id,
        customers.opportunity_id,
        customers.bucket,
        case
            when watched.measured_from_on <= watched.started_on then 0
            else
                {{ days_between('watched.started_on', 'watched.measured_from_on') }}
                + cast(definition.watch_days_before_entry as integer)
        end as entry_day,
        {{ days_between('watched.started_on', 'watched.measured_until_on') }} as last_day,
        {{ days_between('watched.started_on', 'watched.left_on') }} as left_day,
    from watched
    inner join customers on watched.customer_id = customers.customer_id
    cross join definition
    where customers.account_id is not null

),

use as (

    select
        customer_id,
        count(*) as n_days,
        count(is_at_value) as n_known_days,
        min(case when is_at_value then usage_on end) as reached_on,
    from usage_days
    group by customer_id

),

weeks as (

    select
        entered.customer_id,
        entered.opportunity_id,
        entered.bucket,
        entered.started_on,
        entered.left_on,
        case when use.reached_on <= coalesce(entered.left_on, use.reached_on) then use.reached_on end as first_at_value_on,
        -- first week that begins when the customer is watched already, last week that ended before watching did
        (entered.entry_day + 6) // 7 + 1 as first_week,
        least((entered.last_day + 1) // 7, 52) as last_week,
        entered.left_day // 7 + 1 as left_week,
        {{ days_between('entered.started_on', 'first_at_value_on') }} // 7 + 1 as reached_week,
        case
            when use.customer_id is null and not coalesce(matching.is_silence_known, false) then 'use_not_matched'
            when use.n_days > 0 and use.n_known_days = 0 then 'seats_or_users_unknown'
        end as unknown_reason,
    from entered
    cross join matching
    left join use on entered.customer_id = use.customer_id

),

judged as (

    select
        *,
        least(last_week, coalesce(reached_week, last_week), coalesce(left_week, last_week)) as end_week,
        case
            when unknown_reason is not null then unknown_reason
            when reached_week < first_week then 'reached_unseen'
            when first_week > last_week or left_week < first_week then 'not_watched'
            when reached_week <= last_week then 'reached'
            when left_week <= last_week then 'left'
            else 'waiting'
        end as value_status,
    from weeks

),

final as (

    select
        customer_id,
        opportunity_id,
        bucket,
        started_on,
        left_on,
        first_at_value_on as reached_on,
        value_status,
        case when value_status in ('reached', 'left', 'waiting') then first_week end as first_week,
        case when value_status in ('reached', 'left', 'waiting') then end_week end as end_week,
    from judged

)

select * from final
