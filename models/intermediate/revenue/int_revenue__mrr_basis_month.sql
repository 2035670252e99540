-- One row per subscription, price, currency and complete month at whose last day something was agreed or billed: both
-- sides beside each other, from which every definition of MRR and every reason for a difference is read.
with price_months as (

    select * from {{ ref('int_revenue__mrr_price_month') }}

),

statuses as (

    select * from {{ ref('int_revenue__mrr_status_month') }}

),

mrr_lines as (

    select * from {{ ref('int_revenue__mrr_line') }}

),

subscriptions as (

    select * from {{ ref('int_revenue__subscription') }}

),

prices as (

    select * from {{ ref('stg_stripe__price') }}

),

invoices as (

    select * from {{ ref('stg_stripe__invoice') }}

),

raw_lines as (

    select * from {{ ref('stg_stripe__invoice_line_item') }}

),

months as (

    select * from {{ ref('dim_month') }}

),

covering as (

    select
        mrr_lines.*,
        months.month_on,
        coalesce(mrr_lines.given_up_on <= months.month_end_on, false) as is_given_up,
        mrr_lines.amount_e6 - mrr_lines.discount_e6 as net_e6,
        max(mrr_lines.service_from_on) over (
            partition by mrr_lines.subscription_id, mrr_lines.price_id, mrr_lines.currency, months.month_on
        ) as newest_from_on,
    from mrr_lines
    inner join months
        on mrr_lines.service_from_on <= months.month_end_on and mrr_lines.service_until_on > months.month_end_on

),

billed as (

    select
        subscription_id,
        price_id,
        currency,
        month_on,
        min(customer_id) as line_customer_id,
        bool_or(is_metered) as is_metered,
        count(*) as n_lines,
        -- what was billed last only gives back: the price is off the subscription
        bool_and(amount_minor < 0) filter (where service_from_on = newest_from_on) as is_given_back,
        sum(amount_e6) as amount_e6,
        sum(discount_e6) as discount_e6,
        coalesce(sum(amount_e6) filter (where takes_discount), 0) as discountable_e6,
        sum(net_by_day_e6) as net_by_day_e6,
        coalesce(sum(net_e6) filter (where is_given_up), 0) as given_up_e6,
        coalesce(sum({{ round_ratio('net_e6', '1000000') }}) filter (where not is_given_up), 0) as rounded_net_minor,
        sum(minor_unit_e6) as slack_e6,
    from covering
    group by subscription_id, price_id, currency, month_on

),

-- Lines of bills that were made void or deleted by the as-of day, for months that no other bill covers.
voided as (

    select distinct
        coalesce(raw_lines.subscription_id, invoices.subscription_id) as subscription_id,
        raw_lines.price_id,
        months.month_on,
        true as is_voided,
    from raw_lines
    inner join invoices on raw_lines.invoice_id = invoices.invoice_id
    inner join months
        on
            cast(raw_lines.period_start_at as date) <= months.month_end_on
            and cast(raw_lines.period_end_at as date) > months.month_end_on
    where
        raw_lines.amount_minor > 0
        and invoices.status != 'draft'
        and {{ was_known('coalesce(invoices.finalized_at, invoices.created_at)') }}
        and not {{ was_billed('invoices') }}

),

sides as (

    select
        coalesce(price_months.subscription_id, billed.subscription_id) as subscription_id,
        coalesce(price_months.price_id, billed.price_id) as price_id,
        coalesce(price_months.currency, billed.currency) as currency,
        coalesce(price_months.month_on, billed.month_on) as month_on,
        billed.line_customer_id,
        price_months.subscription_id is not null as is_in_force,
        coalesce(price_months.is_past_trial, false) as is_past_trial,
        price_months.list_mrr_minor,
        price_months.forever_coupon_minor,
        price_months.forever_percent_off,
        {{ round_ratio(
            '(cast(price_months.list_mrr_minor as hugeint) * cast(price_months.forever_percent_off * 10000 as hugeint))',
            '1000000'
        ) }} as percent_coupon_minor,
        coalesce(billed.is_metered, false) as is_metered,
        coalesce(billed.n_lines, 0) as n_lines,
        coalesce(billed.is_given_back, false) as is_given_back,
        coalesce(billed.amount_e6, 0) as amount_e6,
        coalesce(billed.discount_e6, 0) as discount_e6,
        coalesce(billed.discountable_e6, 0) as discountable_e6,
        coalesce(billed.net_by_day_e6, 0) as net_by_day_e6,
        coalesce(billed.given_up_e6, 0) as given_up_e6,
        coalesce(billed.rounded_net_minor, 0) as rounded_net_minor,
        coalesce(billed.slack_e6, 0) as slack_e6,
    from price_months
    full outer join billed
        on
            price_months.subscription_id = billed.subscription_id
            and price_months.price_id = billed.price_id
            and price_months.currency = billed.currency
            and price_months.month_on = billed.month_on

),

final as (

    select
        coalesce(subscriptions.customer_id, sides.line_customer_id) as customer_id,
        sides.subscription_id,
        sides.price_id,
        sides.currency,
        sides.month_on,
        sides.is_in_force,
        sides.is_past_trial,
        sides.list_mrr_minor,
        sides.forever_coupon_minor,
        statuses.stripe_status,
        -- why nothing was agreed; null where something was
        case
            when sides.is_past_trial and sides.list_mrr_minor is not null then null
            when sides.is_metered then 'metered_usage'
            when subscriptions.subscription_id is null then 'no_subscription'
            when subscriptions.started_at >= cast({{ add_months('sides.month_on', 1) }} as timestamp)
                then 'billed_before_start'
            when subscriptions.ended_at < cast({{ add_months('sides.month_on', 1) }} as timestamp)
                then 'billed_after_end'
            when subscriptions.trial_end_at >= cast({{ add_months('sides.month_on', 1) }} as timestamp) then 'trial'
            -- agreed at a price without a stated amount: the bill says what it comes to
            when sides.is_past_trial then 'price_not_stated'
            when prices.unit_amount_minor is null then 'price_unknown'
            else 'billed_otherwise'
        end as agreement_gap,
        sides.n_lines,
        coalesce(voided.is_voided, false) as is_voided,
        sides.is_given_back,
        cast(sides.amount_e6 as bigint) as amount_e6,
        cast(sides.discount_e6 as bigint) as discount_e6,
        -- the discount that the bill would show if only the coupons that last for ever were on it
        {{ round_ratio(
            '(cast(sides.discountable_e6 as hugeint) * cast(coalesce(sides.forever_percent_off, 0) * 10000 as hugeint))',
            '1000000'
        ) }}
        - cast(coalesce(sides.forever_coupon_minor + sides.percent_coupon_minor, 0) as bigint) * 1000000
            as forever_discount_e6,
        cast(sides.net_by_day_e6 as bigint) as net_by_day_e6,
        cast(sides.given_up_e6 as bigint) as given_up_e6,
        cast(sides.rounded_net_minor as bigint) as rounded_net_minor,
        cast(sides.slack_e6 as bigint) as slack_e6,
    from sides
    left join subscriptions on sides.subscription_id = subscriptions.subscription_id
    left join statuses on sides.subscription_id = statuses.subscription_id and sides.month_on = statuses.month_on
    left join prices on sides.price_id = prices.price_id
    left join voided
        on
            sides.subscription_id = voided.subscription_id
            and sides.price_id = voided.price_id
            and sides.month_on = voided.month_on

)

select * from final
