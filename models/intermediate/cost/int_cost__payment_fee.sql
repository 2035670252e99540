-- One row per balance transaction of a complete month that took or gave back a fee: whose payment it was. A fee on a
-- charge, and on a refund or dispute of one, is the cost of collecting from the customer of that charge; a fee that leads
-- to no charge, as a provider's monthly bill, is nobody's.
with transactions as (

    select * from {{ ref('stg_stripe__balance_transaction') }}
    where {{ was_known('created_at') }}

),

charges as (

    select * from {{ ref('stg_stripe__charge') }}

),

refunds as (

    select * from {{ ref('stg_stripe__refund') }}

),

disputes as (

    select * from {{ ref('stg_stripe__dispute') }}

),

invoices as (

    select * from {{ ref('stg_stripe__invoice') }}

),

crosswalk as (

    select * from {{ ref('int_identity__crosswalk') }}
    where source_system = 'stripe'

),

months as (

    select * from {{ ref('dim_month') }}

),

fx_rates as (

    select * from {{ ref('int_revenue__fx_rate_month') }}

),

company_exponents as (

    select * from {{ ref('stg_finance__currency_exponent') }}

),

known_exponents as (

    select * from {{ ref('currency_exponent') }}

),

reporting as (

    select exponent from {{ ref('int_revenue__currency') }}
    where is_reporting_currency

),

-- a charge may point at its transaction, or the transaction at the charge or at what undid it
charge_references as (

    select charge_id as source_ref, charge_id from charges
    union all
    select balance_transaction_id as source_ref, charge_id from charges
    union all
    select refund_id as source_ref, charge_id from refunds
    union all
    select balance_transaction_id as source_ref, charge_id from refunds
    union all
    select refunds.refund_id as source_ref, charges.charge_id
    from refunds
    inner join charges on refunds.payment_intent_id = charges.payment_intent_id
    where refunds.charge_id is null and charges.charge_status = 'succeeded'
    union all
    select dispute_id as source_ref, charge_id from disputes
    union all
    select balance_transaction_ref as source_ref, charge_id from disputes

),

reference_charges as (

    select
        source_ref,
        min(charge_id) as charge_id,
    from charge_references
    where source_ref is not null and charge_id is not null
    group by source_ref

),

fees as (

    select
        transactions.balance_transaction_id,
        months.month_on,
        transactions.transaction_type,
        transactions.currency,
        -- a provider's own bill comes as an amount taken off the balance
        transactions.fee_minor + case
            when transactions.transaction_type = 'stripe_fee' then -transactions.amount_minor else 0
        end as fee_minor,
        coalesce(by_source.charge_id, by_transaction.charge_id) as charge_id,
    from transactions
    inner join months
        on
            transactions.created_at >= cast(months.month_on as timestamp)
            and transactions.created_at < cast(months.next_month_on as timestamp)
    left join reference_charges as by_source on transactions.source_ref = by_source.source_ref
    left join reference_charges as by_transaction on transactions.balance_transaction_id = by_transaction.source_ref

),

final as (

    select
        fees.balance_transaction_id,
        fees.month_on,
        fees.transaction_type,
        fees.charge_id,
        coalesce(
            crosswalk.account_id,
            'stripe:' || coalesce(charges.stripe_customer_id, invoices.stripe_customer_id)
        ) as customer_id,
        fees.currency,
        fees.fee_minor,
        {{ convert_minor_units(
            'fees.fee_minor', 'coalesce(company_exponents.exponent, known_exponents.exponent, 2)',
            'fx_rates.rate_to_reporting', 'reporting.exponent'
        ) }} as cost_cents,
    from fees
    cross join reporting
    left join charges on fees.charge_id = charges.charge_id
    left join invoices on charges.invoice_id = invoices.invoice_id
    left join crosswalk on coalesce(charges.stripe_customer_id, invoices.stripe_customer_id) = crosswalk.source_id
    left join company_exponents on fees.currency = company_exponents.currency
    left join known_exponents on fees.currency = known_exponents.currency
    left join fx_rates on fees.currency = fx_rates.currency and fees.month_on = fx_rates.month_on
    where fees.fee_minor != 0

)

select * from final
