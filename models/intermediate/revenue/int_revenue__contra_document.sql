-- One row per refund or lost dispute up to the as-of day: money that went back to a customer, without its tax, and how much of
-- it takes revenue back. A dispute counts on the day it was opened, because no export says when it was lost; one that was won
-- or is still looked into takes nothing back.
with refunds as (

    select * from {{ ref('int_revenue__cash_refund') }}
    where {{ was_known('refunded_at') }}

),

disputes as (

    select * from {{ ref('stg_stripe__dispute') }}
    where dispute_status = 'lost' and {{ was_known('created_at') }}

),

charges as (

    select * from {{ ref('int_revenue__cash_charge') }}

),

bills as (

    select * from {{ ref('int_revenue__receivable_invoice') }}

),

invoices as (

    select * from {{ ref('stg_stripe__invoice') }}

),

crosswalk as (

    select * from {{ ref('int_identity__crosswalk') }}
    where source_system = 'stripe'

),

rates as (

    select * from {{ ref('int_revenue__cash_rate_month') }}

),

credited as (

    select
        invoice_id,
        currency,
        sum(greatest(total_minor, 0)) as credited_minor,
    from {{ ref('int_revenue__credit_note') }}
    group by invoice_id, currency

),

charged as (

    select
        invoice_id,
        currency,
        sum(amount_minor) as charged_minor,
    from charges
    where invoice_id is not null and {{ was_known('charged_at') }}
    group by invoice_id, currency

),

documents as (

    select
        'refund' as document_type,
        refund_id as document_id,
        charge_id,
        invoice_id,
        stripe_customer_id,
        customer_id,
        currency,
        refunded_at as documented_at,
        amount_minor,
        noted_minor,
        credit_note_id,
    from refunds

    union all

    select
        'dispute' as document_type,
        disputes.dispute_id as document_id,
        disputes.charge_id,
        charges.invoice_id,
        charges.stripe_customer_id,
        coalesce(crosswalk.account_id, 'stripe:' || charges.stripe_customer_id) as customer_id,
        disputes.currency,
        disputes.created_at as documented_at,
        disputes.amount_minor,
        0 as noted_minor,
        cast(null as varchar) as credit_note_id,
    from disputes
    left join charges on disputes.charge_id = charges.charge_id
    left join crosswalk on charges.stripe_customer_id = crosswalk.source_id

),

placed as (

    select
        documents.*,
        documents.amount_minor - documents.noted_minor as counted_minor,
        case
            when documents.customer_id is null then 'unplaced'
            when invoices.invoice_id is null then 'no_invoice'
            when bills.invoice_id is null then 'invoice_not_billed'
            when bills.currency != documents.currency then 'other_currency'
            else 'billed'
        end as placement,
        greatest(coalesce(bills.total_minor, 0), 0) as invoice_total_minor,
        least(greatest(coalesce(bills.tax_minor, 0), 0), greatest(coalesce(bills.total_minor, 0), 0)) as invoice_tax_minor,
        -- what credit notes have left of the bill, and what was paid on top of it by mistake and goes back first
        greatest(coalesce(bills.total_minor, 0) - coalesce(credited.credited_minor, 0), 0) as creditable_minor,
        greatest(coalesce(charged.charged_minor, 0) - greatest(coalesce(bills.total_minor, 0), 0), 0) as overpaid_minor,
    from documents
    left join invoices on documents.invoice_id = invoices.invoice_id
    left join bills on documents.invoice_id = bills.invoice_id
    left join credited on documents.invoice_id = credited.invoice_id and documents.currency = credited.currency
    left join charged on documents.invoice_id = charged.invoice_id and documents.currency = charged.currency

),

cumulated as (

    select
        *,
        sum(amount_minor) over (
            partition by invoice_id, currency, placement order by documented_at, document_type, document_id
            rows between unbounded preceding and current row
        ) as amount_until,
        sum(counted_minor) over (
            partition by invoice_id, currency, placement order by documented_at, document_type, document_id
            rows between unbounded preceding and current row
        ) as counted_until,
    from placed

),

clamped as (

    select
        *,
        least(amount_until - amount_minor, invoice_total_minor) as cash_before,
        least(amount_until, invoice_total_minor) as cash_until,
        least(greatest(counted_until - counted_minor - overpaid_minor, 0), creditable_minor) as revenue_before,
        least(greatest(counted_until - overpaid_minor, 0), creditable_minor) as revenue_until,
    from cumulated

),

taxed as (

    select
        *,
        case
            when placement = 'billed' and invoice_total_minor > 0
                then {{ allocate_cumulative('invoice_tax_minor', 'cash_before', 'cash_until', 'invoice_total_minor') }}
            else 0
        end as cash_tax_minor,
        case
            when placement = 'billed' and invoice_total_minor > 0
                then {{ allocate_cumulative('invoice_tax_minor', 'revenue_before', 'revenue_until', 'invoice_total_minor') }}
            else 0
        end as revenue_tax_minor,
        case
            when placement = 'billed' then revenue_until - revenue_before
            -- a bill that does not stand is no revenue that could be taken back
            when placement = 'invoice_not_billed' then 0
            else counted_minor
        end as taken_back_minor,
    from clamped

),

final as (

    select
        taxed.document_type,
        taxed.document_id,
        taxed.charge_id,
        taxed.invoice_id,
        taxed.stripe_customer_id,
        taxed.customer_id,
        taxed.currency,
        cast(taxed.documented_at as date) as documented_on,
        {{ month_start('taxed.documented_at') }} as month_on,
        taxed.placement,
        taxed.credit_note_id,
        taxed.amount_minor,
        cast(taxed.cash_tax_minor as bigint) as cash_tax_minor,
        case when taxed.amount_minor = taxed.cash_tax_minor then 0 else {{ convert_minor_units(
            'taxed.amount_minor - taxed.cash_tax_minor', 'rates.exponent', 'rates.rate_to_reporting',
            'rates.reporting_exponent'
        ) }} end as cash_net_cents,
        cast(taxed.noted_minor as bigint) as noted_minor,
        cast(taxed.counted_minor as bigint) as total_minor,
        cast(taxed.revenue_tax_minor as bigint) as tax_minor,
        cast(taxed.taken_back_minor - taxed.revenue_tax_minor as bigint) as net_minor,
        cast(taxed.counted_minor - taxed.taken_back_minor as bigint) as excess_minor,
        rates.rate_to_reporting is not null as has_fx_rate,
        case when taxed.taken_back_minor = taxed.revenue_tax_minor then 0 else {{ convert_minor_units(
            'taxed.taken_back_minor - taxed.revenue_tax_minor', 'rates.exponent', 'rates.rate_to_reporting',
            'rates.reporting_exponent'
        ) }} end as net_cents,
    from taxed
    left join rates
        on taxed.currency = rates.currency and {{ month_start('taxed.documented_at') }} = rates.month_on

)

select * from final
