-- One row per movement of the processor's balance up to the as-of day, in the currency it was settled in: what kind it is, and
-- whose. Amount less fee is net; where a row says otherwise the gap stands in off_net_minor. No row at all means that no
-- balance was delivered: cash is unknown then, not zero.
with transactions as (

    select * from {{ ref('stg_stripe__balance_transaction') }}
    where {{ was_known('created_at') }}

),

charges as (

    select * from {{ ref('int_revenue__cash_charge') }}

),

refunds as (

    select * from {{ ref('stg_stripe__refund') }}

),

disputes as (

    select * from {{ ref('stg_stripe__dispute') }}

),

refund_charges as (

    select * from {{ ref('int_revenue__cash_refund') }}

),

crosswalk as (

    select * from {{ ref('int_identity__crosswalk') }}
    where source_system = 'stripe'

),

categories as (

    select * from {{ ref('cash_category') }}

),

rates as (

    select * from {{ ref('int_revenue__cash_rate_month') }}

),

-- The document that caused a movement, named by the movement or naming it.
named as (

    select
        transactions.balance_transaction_id,
        'charge' as document_type,
        charges.charge_id as document_id,
        1 as document_rank,
    from transactions
    inner join charges on transactions.balance_transaction_id = charges.balance_transaction_id

    union all

    select
        transactions.balance_transaction_id,
        'charge' as document_type,
        charges.charge_id as document_id,
        2 as document_rank,
    from transactions
    inner join charges on transactions.source_ref = charges.charge_id

    union all

    select
        transactions.balance_transaction_id,
        'refund' as document_type,
        refunds.refund_id as document_id,
        3 as document_rank,
    from transactions
    inner join refunds on transactions.source_ref = refunds.refund_id

    union all

    select
        transactions.balance_transaction_id,
        'refund' as document_type,
        refunds.refund_id as document_id,
        4 as document_rank,
    from transactions
    inner join refunds on transactions.balance_transaction_id = refunds.balance_transaction_id

    union all

    select
        transactions.balance_transaction_id,
        'dispute' as document_type,
        disputes.dispute_id as document_id,
        5 as document_rank,
    from transactions
    inner join disputes on transactions.source_ref = disputes.dispute_id

    union all

    select
        transactions.balance_transaction_id,
        'dispute' as document_type,
        disputes.dispute_id as document_id,
        6 as document_rank,
    from transactions
    inner join disputes on transactions.balance_transaction_id = disputes.balance_transaction_ref

),

ranked_documents as (

    select
        *,
        row_number() over (partition by balance_transaction_id order by document_rank, document_id) as choice_rank,
    from named

),

documents as (

    select
        ranked_documents.balance_transaction_id,
        ranked_documents.document_type,
        ranked_documents.document_id,
        charges.charge_id,
        coalesce(refunds.stripe_customer_id, charges.stripe_customer_id) as stripe_customer_id,
    from ranked_documents
    left join refunds
        on ranked_documents.document_id = refunds.refund_id and ranked_documents.document_type = 'refund'
    left join refund_charges on refunds.refund_id = refund_charges.refund_id
    left join disputes
        on ranked_documents.document_id = disputes.dispute_id and ranked_documents.document_type = 'dispute'
    left join charges
        on charges.charge_id = case ranked_documents.document_type
            when 'charge' then ranked_documents.document_id
            when 'refund' then refund_charges.charge_id
            else disputes.charge_id
        end
    where ranked_documents.choice_rank = 1

),

categorised as (

    select
        transactions.*,
        documents.document_type,
        documents.document_id,
        documents.charge_id,
        documents.stripe_customer_id,
        coalesce(
            by_report.category,
            case when documents.document_type = 'dispute' then 'dispute' end,
            by_type.category,
            'other'
        ) as category,
        by_report.category is not null or by_type.category is not null as is_known_type,
        transactions.net_minor - (transactions.amount_minor - transactions.fee_minor) as off_net_minor,
    from transactions
    left join documents on transactions.balance_transaction_id = documents.balance_transaction_id
    left join categories as by_report
        on transactions.reporting_category = by_report.code and by_report.code_kind = 'reporting_category'
    left join categories as by_type
        on transactions.transaction_type = by_type.code and by_type.code_kind = 'transaction_type'

),

converted as (

    select
        categorised.*,
        coalesce(crosswalk.account_id, 'stripe:' || categorised.stripe_customer_id) as customer_id,
        rates.rate_to_reporting is not null as has_fx_rate,
        {% for measure in ['amount', 'fee', 'off_net'] -%}
            case when categorised.{{ measure }}_minor = 0 then 0 else {{ convert_minor_units(
                'categorised.' ~ measure ~ '_minor', 'rates.exponent', 'rates.rate_to_reporting', 'rates.reporting_exponent'
            ) }} end as {{ measure }}_cents,
        {% endfor -%}
    from categorised
    left join crosswalk on categorised.stripe_customer_id = crosswalk.source_id
    left join rates
        on categorised.currency = rates.currency and {{ month_start('categorised.created_at') }} = rates.month_on

),

final as (

    select
        balance_transaction_id,
        cast(created_at as date) as moved_on,
        {{ month_start('created_at') }} as month_on,
        currency,
        category,
        is_known_type,
        transaction_type,
        reporting_category,
        document_type,
        document_id,
        charge_id,
        source_ref,
        payout_id,
        customer_id,
        stripe_customer_id,
        amount_minor,
        fee_minor,
        net_minor,
        cast(off_net_minor as bigint) as off_net_minor,
        has_fx_rate,
        cast(amount_cents as bigint) as amount_cents,
        cast(fee_cents as bigint) as fee_cents,
        -- made of the parts, so that cents add up as minor units do
        cast(amount_cents - fee_cents + off_net_cents as bigint) as net_cents,
    from converted

)

select * from final
