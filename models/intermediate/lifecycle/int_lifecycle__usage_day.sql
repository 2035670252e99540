-- One row per customer and measured day in its first 52 weeks: how many people were active, how many seats it had that day, and
-- whether that was enough to have reached value.
with usage_days as (

    select * from {{ ref('stg_product__usage_account_daily') }}
    where usage_on <= {{ as_of_date() }} and account_id is not null

),

crosswalk as (

    select * from {{ ref('int_identity__crosswalk') }}
    where source_system = 'product' and account_id is not null

),

spells as (

    select * from {{ ref('int_lifecycle__first_spell') }}

),

seat_spans as (

    select * from {{ ref('int_lifecycle__seat_span') }}

),

definition as (

    select max(value) filter (where rule_key = 'least_active_share') as least_active_share
    from {{ ref('value_definition') }}

),

-- Accounts that were merged are one customer. Users that one of them leaves open are open for the customer; no seats are
-- no statement about seats.
measured as (

    select
        spells.customer_id,
        usage_days.usage_on,
        case when count(*) = count(usage_days.active_users) then sum(usage_days.active_users) end as active_users,
        cast(nullif(sum(greatest(usage_days.seats_entitled, 0)), 0) as bigint) as seats_entitled,
    from usage_days
    inner join crosswalk
        on
            usage_days.account_id = crosswalk.source_id
            and usage_days.usage_on >= coalesce(crosswalk.valid_from_on, usage_days.usage_on)
            and usage_days.usage_on <= coalesce(crosswalk.valid_to_on, usage_days.usage_on)
    inner join spells on crosswalk.account_id = spells.customer_id
    where
        usage_days.usage_on >= spells.started_on
        and {{ days_between('spells.started_on', 'usage_days.usage_on') }} < 52 * 7
    group by spells.customer_id, usage_days.usage_on

),

price_seats as (

    select
        measured.customer_id,
        measured.usage_on,
        seat_spans.price_id,
        sum(seat_spans.seats) as seats,
    from measured
    inner join seat_spans
        on
            measured.customer_id = seat_spans.customer_id
            and measured.usage_on >= seat_spans.seats_from_on
            and (seat_spans.seats_until_on is null or measured.usage_on < seat_spans.seats_until_on)
    where measured.seats_entitled is null
    group by measured.customer_id, measured.usage_on, seat_spans.price_id

),

subscribed as (

    select
        customer_id,
        usage_on,
        cast(nullif(max(seats), 0) as bigint) as seats_subscribed,
    from price_seats
    group by customer_id, usage_on

),

final as (

    select
        measured.customer_id,
        measured.usage_on,
        cast(measured.active_users as bigint) as active_users,
        coalesce(measured.seats_entitled, subscribed.seats_subscribed) as seats,
        case
            when measured.seats_entitled is not null then 'usage'
            when subscribed.seats_subscribed is not null then 'subscription'
            else 'unknown'
        end as seats_source,
        measured.active_users
        >= definition.least_active_share * coalesce(measured.seats_entitled, subscribed.seats_subscribed)
            as is_at_value,
    from measured
    cross join definition
    left join subscribed on measured.customer_id = subscribed.customer_id and measured.usage_on = subscribed.usage_on

)

select * from final
