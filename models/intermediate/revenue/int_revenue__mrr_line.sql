-- One row per billed line of a recurring price that is not zero: what it comes to a month, in millionths of a minor
-- unit, so that lines can be added before anything is rounded. Twice: by the interval of the price, and by days.
with invoice_lines as (

    select * from {{ ref('int_revenue__invoice_line') }}
    where amount_minor != 0

),

raw_lines as (

    select * from {{ ref('stg_stripe__invoice_line_item') }}

),

invoices as (

    select * from {{ ref('stg_stripe__invoice') }}

),

prices as (

    select * from {{ ref('stg_stripe__price') }}

),

interval_lengths as (

    select * from {{ ref('billing_interval') }}

),

joined as (

    select
        invoice_lines.invoice_id,
        invoice_lines.invoice_line_item_id,
        invoice_lines.customer_id,
        -- a line that names no subscription stands for its billing customer
        coalesce(invoice_lines.subscription_id, 'customer:' || invoice_lines.stripe_customer_id) as subscription_id,
        coalesce(invoice_lines.price_id, 'unknown') as price_id,
        invoice_lines.currency,
        invoice_lines.service_from_on,
        invoice_lines.service_until_on,
        invoice_lines.amount_minor,
        invoice_lines.discount_minor,
        coalesce(raw_lines.is_discountable, true) or invoice_lines.discount_minor != 0 as takes_discount,
        -- what is given back never spans a regular period
        invoice_lines.is_proration or invoice_lines.amount_minor < 0 as is_proration,
        coalesce(prices.usage_type = 'metered', false) as is_metered,
        prices.interval_unit,
        coalesce(prices.interval_count, 1) as interval_count,
        interval_lengths.intervals_per_year,
        case prices.interval_unit when 'month' then 1 when 'year' then 12 end * coalesce(prices.interval_count, 1)
            as interval_months,
        {{ days_between('invoice_lines.service_from_on', 'invoice_lines.service_until_on') }} as service_days,
        {{ months_between('invoice_lines.service_from_on', 'invoice_lines.service_until_on') }} as months_apart,
        coalesce(raw_lines.period_end_at, cast(invoice_lines.service_until_on as timestamp)) as period_end_at,
        date_diff('second', raw_lines.period_start_at, raw_lines.period_end_at) as period_seconds,
        case
            when invoices.status = 'uncollectible' and {{ was_known('invoices.marked_uncollectible_at') }}
                then cast(invoices.marked_uncollectible_at as date)
        end as given_up_on,
    from invoice_lines
    inner join raw_lines
        on
            invoice_lines.invoice_id = raw_lines.invoice_id
            and invoice_lines.invoice_line_item_id = raw_lines.invoice_line_item_id
    inner join invoices on invoice_lines.invoice_id = invoices.invoice_id
    left join prices on invoice_lines.price_id = prices.price_id
    left join interval_lengths on prices.interval_unit = interval_lengths.interval_unit
    where
        prices.interval_unit is not null
        -- without a row of the price the line itself says that it belongs to a subscription
        or (prices.price_id is null and invoice_lines.line_type = 'subscription')

),

measured as (

    select
        *,
        case
            when
                months_apart >= 1
                -- thirty days may happen to be a month, and are still billed by the day
                and coalesce(interval_unit not in ('day', 'week'), true)
                -- a period from the 31st ends on the last day of a shorter month, and begins there again
                and (
                    {{ add_months('service_from_on', 'months_apart') }} = service_until_on
                    or {{ add_months('service_until_on', '-months_apart') }} = service_from_on
                )
                then months_apart
        end as whole_months,
        -- a moment bills a day; less than an hour would blow a rounding up
        case when coalesce(period_seconds, 0) <= 0 then service_days * 86400 else greatest(period_seconds, 3600) end
            as billed_seconds,
    from joined

),

-- A part of a period is seen against the whole one that ends with it: as billed on that subscription, else one interval
-- back from its end.
against_whole as (

    select
        *,
        coalesce(
            max(case when not is_proration and whole_months = interval_months then billed_seconds end) over (
                partition by subscription_id, service_until_on, interval_months
            ),
            date_diff('second', period_end_at - to_months(cast(interval_months as integer)), period_end_at)
        ) as whole_seconds,
    from measured

),

-- Amount a month = amount times month_numerator over month_denominator.
scaled as (

    select
        *,
        case
            when whole_months is not null and (not is_proration or interval_unit is null) then 1
            when interval_months is not null then whole_seconds
            when interval_unit = 'week' then intervals_per_year * 7
            else 365
        end as month_numerator,
        case
            when whole_months is not null and (not is_proration or interval_unit is null) then whole_months
            when interval_months is not null then billed_seconds * interval_months
            else 12 * service_days
        end as month_denominator,
        case when whole_months is not null then 1 else 365 end as day_numerator,
        coalesce(whole_months, 12 * service_days) as day_denominator,
    from against_whole

),

final as (

    select
        invoice_id,
        invoice_line_item_id,
        customer_id,
        subscription_id,
        price_id,
        currency,
        service_from_on,
        service_until_on,
        given_up_on,
        is_metered,
        takes_discount,
        amount_minor,
        discount_minor,
        {{ round_ratio('(cast(amount_minor as hugeint) * 1000000 * month_numerator)', 'month_denominator') }}
            as amount_e6,
        {{ round_ratio('(cast(discount_minor as hugeint) * 1000000 * month_numerator)', 'month_denominator') }}
            as discount_e6,
        {{ round_ratio('(cast(amount_minor as hugeint) * 1000000 * day_numerator)', 'day_denominator') }}
        - {{ round_ratio('(cast(discount_minor as hugeint) * 1000000 * day_numerator)', 'day_denominator') }}
            as net_by_day_e6,
        {{ round_ratio('(cast(1000000 as hugeint) * month_numerator)', 'month_denominator') }} as minor_unit_e6,
    from scaled

)

select * from final
