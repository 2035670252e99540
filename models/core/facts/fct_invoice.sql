-- One row per invoice that stood as a bill on the as-of day: what its header asks for, item by item down to the net amount
-- of its lines. Minor units of the billing currency, additive within one currency. Items that do not fit stand by
-- themselves: a header that is not the sum of its lines, a discount without a line to bear it.
with invoices as (

    select bills.* from {{ ref('stg_stripe__invoice') }} as bills
    where {{ was_billed('bills') }}

),

lines as (

    select * from {{ ref('int_revenue__invoice_line') }}

),

stripe_customers as (

    select * from {{ ref('stg_stripe__customer') }}

),

crosswalk as (

    select * from {{ ref('int_identity__crosswalk') }}
    where source_system = 'stripe'

),

line_sums as (

    select
        invoice_id,
        count(*) as n_lines,
        sum(amount_minor) as line_minor,
        sum(discount_minor) as discount_minor,
    from lines
    group by invoice_id

),

headers as (

    select
        invoices.*,
        invoices.subtotal_minor + invoices.tax_minor - invoices.total_minor as gap_minor,
        coalesce(line_sums.n_lines, 0) as n_lines,
        coalesce(line_sums.line_minor, 0) as line_minor,
        coalesce(line_sums.discount_minor, 0) as discount_minor,
    from invoices
    left join line_sums on invoices.invoice_id = line_sums.invoice_id

),

discounted as (

    select
        *,
        -- a discount brings the total nearer to nothing; what takes it further away is tax that nobody stated
        case when subtotal_minor < 0 then least(gap_minor, 0) else greatest(gap_minor, 0) end as header_discount_minor,
    from headers

),

final as (

    select
        discounted.invoice_id,
        discounted.stripe_customer_id,
        coalesce(crosswalk.account_id, 'stripe:' || discounted.stripe_customer_id) as customer_id,
        stripe_customers.stripe_customer_id is not null as is_customer_delivered,
        discounted.subscription_id,
        discounted.currency,
        cast(coalesce(discounted.finalized_at, discounted.created_at) as date) as billed_on,
        {{ month_start('coalesce(discounted.finalized_at, discounted.created_at)') }} as billed_month_on,
        cast(discounted.n_lines as integer) as n_lines,
        cast(discounted.total_minor as bigint) as total_minor,
        cast(discounted.tax_minor as bigint) as tax_minor,
        cast(discounted.header_discount_minor - discounted.gap_minor as bigint) as unstated_tax_minor,
        cast(discounted.line_minor as bigint) as line_minor,
        cast(discounted.subtotal_minor - discounted.line_minor as bigint) as lines_off_minor,
        cast(discounted.discount_minor as bigint) as discount_minor,
        cast(discounted.header_discount_minor - discounted.discount_minor as bigint) as unplaced_discount_minor,
        cast(discounted.line_minor - discounted.discount_minor as bigint) as net_minor,
    from discounted
    left join stripe_customers on discounted.stripe_customer_id = stripe_customers.stripe_customer_id
    left join crosswalk on discounted.stripe_customer_id = crosswalk.source_id

)

select * from final
