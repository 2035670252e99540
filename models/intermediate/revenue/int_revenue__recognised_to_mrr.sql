-- One row per subscription, price, billing currency, month and reason: what leads from the recognised revenue of a month to
-- the MRR at its end, in minor units. Recognised revenue plus all rows is MRR by the policy `invoiced`; the way from there to
-- any other policy stands in the bridge between policies. Revenue without a subscription or price has its own rows.
with revenue as (

    select * from {{ ref('fct_revenue_line_month') }}
    where earned_minor != 0 or earned_credit_minor != 0

),

lines as (

    select * from {{ ref('int_revenue__invoice_line') }}

),

prices as (

    select * from {{ ref('stg_stripe__price') }}

),

invoiced as (

    select * from {{ ref('int_revenue__policy_mrr_month') }}
    where policy = 'invoiced'

),

-- empty keys join like others
earned as (

    select
        coalesce(revenue.subscription_id, '') as subscription_id,
        coalesce(revenue.price_id, '') as price_id,
        revenue.currency,
        revenue.month_on,
        sum(revenue.earned_minor) as earned_minor,
        sum(revenue.earned_credit_minor) as earned_credit_minor,
        bool_and(
            lines.service_from_on <= revenue.month_on
            and lines.service_until_on >= {{ add_months('revenue.month_on', 1) }}
        ) as is_whole_month,
    from revenue
    inner join lines
        on revenue.invoice_id = lines.invoice_id and revenue.invoice_line_item_id = lines.invoice_line_item_id
    group by
        coalesce(revenue.subscription_id, ''),
        coalesce(revenue.price_id, ''),
        revenue.currency,
        revenue.month_on

),

mrr as (

    select
        coalesce(subscription_id, '') as subscription_id,
        coalesce(price_id, '') as price_id,
        currency,
        month_on,
        sum(mrr_minor) as mrr_minor,
    from invoiced
    group by coalesce(subscription_id, ''), coalesce(price_id, ''), currency, month_on

),

compared as (

    select
        coalesce(earned.subscription_id, mrr.subscription_id) as subscription_id,
        coalesce(earned.price_id, mrr.price_id) as price_id,
        coalesce(earned.currency, mrr.currency) as currency,
        coalesce(earned.month_on, mrr.month_on) as month_on,
        coalesce(earned.earned_minor, 0) as earned_minor,
        coalesce(earned.earned_credit_minor, 0) as earned_credit_minor,
        coalesce(earned.is_whole_month, false) as is_whole_month,
        coalesce(mrr.mrr_minor, 0) as mrr_minor,
    from earned
    full outer join mrr
        on
            earned.subscription_id = mrr.subscription_id
            and earned.price_id = mrr.price_id
            and earned.currency = mrr.currency
            and earned.month_on = mrr.month_on

),

reasoned as (

    select
        compared.subscription_id,
        compared.price_id,
        compared.currency,
        compared.month_on,
        'credit_notes' as reason,
        compared.earned_credit_minor as amount_minor,
    from compared

    union all

    select
        compared.subscription_id,
        compared.price_id,
        compared.currency,
        compared.month_on,
        case
            when compared.mrr_minor != 0 and compared.earned_minor = 0 then 'no_service_in_month'
            when compared.mrr_minor != 0 and compared.is_whole_month then 'calendar_days'
            when compared.mrr_minor != 0 then 'part_of_month'
            when prices.usage_type = 'metered' then 'usage'
            when compared.subscription_id = '' or prices.interval_unit is null then 'one_off'
            else 'service_ended_in_month'
        end as reason,
        compared.mrr_minor - compared.earned_minor as amount_minor,
    from compared
    left join prices on compared.price_id = prices.price_id

),

final as (

    select
        subscription_id,
        price_id,
        currency,
        month_on,
        reason,
        cast(amount_minor as bigint) as amount_minor,
    from reasoned
    where amount_minor != 0

)

select * from final
