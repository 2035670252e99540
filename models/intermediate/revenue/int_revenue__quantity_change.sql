-- One row per subscription, price and moment from which a quantity applied. Invoice lines tell the past, because the
-- subscription item holds only today's quantity; the item speaks where no line does. A bill that was voided is no
-- revenue, yet it still says what was agreed: a paused collection or a waived bill ends no contract.
with lines as (

    select * from {{ ref('stg_stripe__invoice_line_item') }}

),

invoices as (

    select * from {{ ref('stg_stripe__invoice') }}

),

subscriptions as (

    select * from {{ ref('int_revenue__subscription') }}

),

items as (

    select * from {{ ref('stg_stripe__subscription_item') }}

),

billed_lines as (

    select
        coalesce(lines.subscription_id, invoices.subscription_id) as subscription_id,
        lines.price_id,
        lines.quantity,
        lines.period_start_at as effective_at,
        lines.period_end_at,
        coalesce(invoices.finalized_at, invoices.created_at) as billed_at,
        lines.invoice_line_item_id,
        lines.amount_minor,
        lines.is_proration,
        {{ was_billed('invoices') }} as was_billed,
    from lines
    inner join invoices on lines.invoice_id = invoices.invoice_id
    where
        invoices.status != 'draft'
        and not invoices.is_deleted
        and {{ was_known('coalesce(invoices.finalized_at, invoices.created_at)') }}
        -- a line over nothing tells nothing, unless it says that no unit is left
        and (lines.amount_minor != 0 or lines.quantity = 0)
        and lines.quantity is not null
        and lines.price_id is not null

),

from_lines as (

    select
        *,
        row_number() over (
            partition by subscription_id, price_id, effective_at
            order by was_billed desc, billed_at desc, invoice_line_item_id desc
        ) as line_rank,
    from billed_lines
    where subscription_id is not null and (amount_minor > 0 or (amount_minor = 0 and quantity = 0))

),

-- A negative line gives back unused time of the old quantity; its positive twin, if any, says what applies from then on.
given_back as (

    select
        from_lines.subscription_id,
        from_lines.price_id,
        from_lines.effective_at,
        min(billed_lines.effective_at) as given_back_at,
    from from_lines
    inner join billed_lines
        on
            from_lines.subscription_id = billed_lines.subscription_id
            and from_lines.price_id = billed_lines.price_id
            and from_lines.effective_at < billed_lines.effective_at
            and from_lines.period_end_at > billed_lines.effective_at
    where from_lines.line_rank = 1 and billed_lines.amount_minor < 0
    group by from_lines.subscription_id, from_lines.price_id, from_lines.effective_at

),

-- A price given back without a twin is off the subscription until it is billed again, even if it stands there today.
taken_off as (

    select distinct
        given_back.subscription_id,
        given_back.price_id,
        given_back.given_back_at as effective_at,
    from given_back
    inner join billed_lines
        on
            given_back.subscription_id = billed_lines.subscription_id
            and given_back.price_id = billed_lines.price_id
            and given_back.given_back_at = billed_lines.effective_at
    left join from_lines
        on
            given_back.subscription_id = from_lines.subscription_id
            and given_back.price_id = from_lines.price_id
            and given_back.given_back_at = from_lines.effective_at
    where billed_lines.is_proration and billed_lines.amount_minor < 0 and from_lines.subscription_id is null

),

-- one price may stand on a subscription twice; its seats add up
from_items as (

    select
        items.subscription_id,
        items.price_id,
        cast(sum(coalesce(items.quantity, 1)) as bigint) as quantity,
        min(coalesce(items.created_at, subscriptions.started_at)) as effective_at,
    from items
    inner join subscriptions on items.subscription_id = subscriptions.subscription_id
    left join from_lines
        on items.subscription_id = from_lines.subscription_id and items.price_id = from_lines.price_id
    where from_lines.subscription_id is null
    group by items.subscription_id, items.price_id

),

final as (

    select
        from_lines.subscription_id,
        from_lines.price_id,
        from_lines.quantity,
        from_lines.effective_at,
        coalesce(given_back.given_back_at, from_lines.period_end_at) as billed_until_at,
        'invoice_line' as quantity_source,
    from from_lines
    left join given_back
        on
            from_lines.subscription_id = given_back.subscription_id
            and from_lines.price_id = given_back.price_id
            and from_lines.effective_at = given_back.effective_at
    where from_lines.line_rank = 1

    union all

    select
        subscription_id,
        price_id,
        cast(0 as bigint) as quantity,
        effective_at,
        cast(null as timestamp) as billed_until_at,
        'invoice_line' as quantity_source,
    from taken_off

    union all

    select
        subscription_id,
        price_id,
        quantity,
        effective_at,
        cast(null as timestamp) as billed_until_at,
        'subscription_item' as quantity_source,
    from from_items

)

select * from final
