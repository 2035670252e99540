-- One row per line of an invoice that counts as revenue (finalised, and not void or deleted by the as-of day), with
-- the part of the invoice's discount that falls on it. Parts sum to the discount exactly. A proration carries the
-- coupon in its amount already, so that lines marked as not discountable take none, unless all lines of a bill are.
with invoices as (

    select bills.* from {{ ref('stg_stripe__invoice') }} as bills
    where {{ was_billed('bills') }}

),

lines as (

    select * from {{ ref('stg_stripe__invoice_line_item') }}

),

crosswalk as (

    select * from {{ ref('int_identity__crosswalk') }}
    where source_system = 'stripe'

),

joined as (

    select
        lines.invoice_id,
        lines.invoice_line_item_id,
        invoices.stripe_customer_id,
        coalesce(crosswalk.account_id, 'stripe:' || invoices.stripe_customer_id) as customer_id,
        coalesce(lines.subscription_id, invoices.subscription_id) as subscription_id,
        lines.price_id,
        lines.quantity,
        lines.is_proration,
        lines.line_type,
        invoices.currency,
        cast(coalesce(invoices.finalized_at, invoices.created_at) as date) as billed_on,
        lines.amount_minor,
        case
            when
                coalesce(lines.is_discountable, true)
                or not bool_or(coalesce(lines.is_discountable, true)) over (partition by lines.invoice_id)
                then abs(lines.amount_minor)
            else 0
        end as discount_weight,
        coalesce(lines.period_start_at, invoices.finalized_at, invoices.created_at) as period_start_at,
        coalesce(lines.period_end_at, lines.period_start_at, invoices.finalized_at, invoices.created_at)
            as period_end_at,
        -- what the header took off beyond its lines; what it put on top of them is tax that nobody stated, no revenue
        case
            when invoices.subtotal_minor < 0
                then least(invoices.subtotal_minor + invoices.tax_minor - invoices.total_minor, 0)
            else greatest(invoices.subtotal_minor + invoices.tax_minor - invoices.total_minor, 0)
        end as invoice_discount_minor,
    from lines
    inner join invoices on lines.invoice_id = invoices.invoice_id
    left join crosswalk on invoices.stripe_customer_id = crosswalk.source_id

),

weighted as (

    select
        *,
        sum(discount_weight) over (
            partition by invoice_id order by invoice_line_item_id
            rows between unbounded preceding and current row
        ) as weight_until,
        sum(discount_weight) over (partition by invoice_id) as weight_total,
    from joined

),

discounted as (

    select
        *,
        coalesce(
            {{ allocate_cumulative(
                'invoice_discount_minor', 'weight_until - discount_weight', 'weight_until', 'weight_total'
            ) }},
            0
        ) as discount_minor,
    from weighted

),

final as (

    select
        invoice_id,
        invoice_line_item_id,
        stripe_customer_id,
        customer_id,
        subscription_id,
        price_id,
        quantity,
        is_proration,
        line_type,
        currency,
        billed_on,
        {{ month_start('billed_on') }} as billed_month_on,
        amount_minor,
        discount_minor,
        amount_minor - discount_minor as net_minor,
        cast(period_start_at as date) as service_from_on,
        greatest(cast(period_end_at as date), cast(period_start_at as date) + 1) as service_until_on,
    from discounted

)

select * from final
