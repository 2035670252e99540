-- One row per check on billing: bills and lines that do not hang together, and live subscriptions without a figure.
with invoices as (

    select * from {{ ref('stg_stripe__invoice') }}

),

lines as (

    select * from {{ ref('stg_stripe__invoice_line_item') }}

),

stripe_customers as (

    select * from {{ ref('stg_stripe__customer') }}

),

subscriptions as (

    select * from {{ ref('int_revenue__subscription') }}
    where ended_at is null and (trial_end_at is null or {{ was_known('trial_end_at') }})

),

priced_subscriptions as (

    select distinct subscription_id
    from {{ ref('int_revenue__policy_mrr_month') }}
    where policy = 'contracted' and month_on = {{ last_complete_month() }} and mrr_minor is not null

),

unknown_prices as (

    select * from {{ ref('int_revenue__subscription_price_month') }}
    where month_on = {{ last_complete_month() }} and mrr_minor is null

),

line_sums as (

    select
        invoice_id,
        sum(amount_minor) as lines_minor,
    from lines
    group by invoice_id

),

lines_without_invoice as (

    select
        'invoice_lines_without_invoice' as check_name,
        count(*) as n_rows,
        'Invoice lines whose invoice was not delivered or is set aside; they are no revenue' as detail,
    from lines
    left join invoices on lines.invoice_id = invoices.invoice_id
    where invoices.invoice_id is null

),

invoices_without_customer as (

    select
        'invoices_without_customer' as check_name,
        count(*) as n_rows,
        'Invoices to billing customers that were not delivered; they count under the billing id' as detail,
    from invoices
    left join stripe_customers on invoices.stripe_customer_id = stripe_customers.stripe_customer_id
    where stripe_customers.stripe_customer_id is null

),

invoices_without_date as (

    select
        'invoices_without_date' as check_name,
        count(*) as n_rows,
        'Invoices of which nothing says when they were made or finalised; they belong to no month and are no revenue'
            as detail,
    from invoices
    where coalesce(finalized_at, created_at) is null and status not in ('draft', 'void') and not is_deleted

),

-- Credits at invoice level are part of neither, so the subtotal of a finalised bill is the sum of its lines.
invoices_off_their_lines as (

    select
        'invoices_off_their_lines' as check_name,
        count(*) as n_rows,
        'Bills whose lines do not sum to their subtotal; revenue follows the lines' as detail,
    from invoices
    inner join line_sums on invoices.invoice_id = line_sums.invoice_id
    where {{ was_billed('invoices') }} and invoices.subtotal_minor != line_sums.lines_minor

),

subscriptions_without_mrr as (

    select
        'live_subscriptions_without_mrr' as check_name,
        count(*) as n_rows,
        'Live subscriptions without recurring revenue last month: metered items, or prices that neither agreement nor bill states'
            as detail,
    from subscriptions
    left join priced_subscriptions on subscriptions.subscription_id = priced_subscriptions.subscription_id
    where
        priced_subscriptions.subscription_id is null
        and subscriptions.started_at < cast({{ add_months(last_complete_month(), 1) }} as timestamp)

),

agreed_prices_without_amount as (

    select
        'agreed_prices_without_amount' as check_name,
        count(*) as n_rows,
        'Prices on live subscriptions that state no amount (tiers); MRR takes what was billed for them, else it is unknown'
            as detail,
    from unknown_prices

),

policy_without_bills as (

    select
        'mrr_policy_without_bills' as check_name,
        count(*) as n_rows,
        case
            when count(*) = 0 then 'The chosen mrr_policy has what it reads'
            else
                'mrr_policy {{ var("mrr_policy") }} reads bills and none came, so nobody has MRR; set contracted in company.yml'
        end as detail,
    from {{ ref('mrr_policy') }}
    where
        policy = '{{ var("mrr_policy") }}'
        and starts_from = 'bills'
        and not exists (select 1 from {{ ref('int_revenue__invoice_line') }})

),

unioned as (

    select * from lines_without_invoice
    union all
    select * from invoices_without_customer
    union all
    select * from invoices_without_date
    union all
    select * from invoices_off_their_lines
    union all
    select * from subscriptions_without_mrr
    union all
    select * from agreed_prices_without_amount
    union all
    select * from policy_without_bills

),

final as (

    select
        check_name,
        'billing' as check_group,
        case when n_rows = 0 then 'pass' else 'warn' end as status,
        n_rows,
        detail,
    from unioned

)

select * from final
