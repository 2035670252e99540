-- A failing row is a kind of document and a currency in which what was delivered is not what was counted plus what a rule leaves
-- out (void, draft, deleted, refused, won, later than the as-of day), in minor units.
{{ config(group="platform") }}
with delivered as (

    select
        'invoice' as document_type,
        bills.currency,
        sum(bills.total_minor) as delivered_minor,
        sum(case when {{ was_billed('bills') }} then 0 else bills.total_minor end) as left_out_minor,
    from {{ ref('stg_stripe__invoice') }} as bills
    group by bills.currency

    union all

    select
        'balance_transaction' as document_type,
        currency,
        sum(net_minor) as delivered_minor,
        sum(case when {{ was_known('created_at') }} then 0 else net_minor end) as left_out_minor,
    from {{ ref('stg_stripe__balance_transaction') }}
    group by currency

    union all

    select
        'refund' as document_type,
        currency,
        sum(amount_minor) as delivered_minor,
        sum(
            case
                when
                    coalesce(refund_status, 'succeeded') not in ('failed', 'canceled', 'requires_action')
                    and {{ was_known('created_at') }}
                    then 0
                else amount_minor
            end
        ) as left_out_minor,
    from {{ ref('stg_stripe__refund') }}
    group by currency

    union all

    select
        'dispute' as document_type,
        currency,
        sum(amount_minor) as delivered_minor,
        sum(case when dispute_status = 'lost' and {{ was_known('created_at') }} then 0 else amount_minor end)
            as left_out_minor,
    from {{ ref('stg_stripe__dispute') }}
    group by currency

),

counted as (

    select
        'invoice' as document_type,
        currency,
        sum(amount_minor) as counted_minor,
    from {{ ref('fct_receivable_movement') }}
    where movement = 'invoiced'
    group by currency

    union all

    select
        'balance_transaction' as document_type,
        currency,
        sum(net_minor) as counted_minor,
    from {{ ref('fct_cash_movement') }}
    group by currency

    union all

    -- what a credit note states, and what is left to take back revenue: tax, net and what never was revenue
    select
        document_type,
        currency,
        sum(noted_minor + tax_minor + net_minor + excess_minor) as counted_minor,
    from {{ ref('int_revenue__contra_document') }}
    group by document_type, currency

)

select
    coalesce(delivered.document_type, counted.document_type) as document_type,
    coalesce(delivered.currency, counted.currency) as currency,
    delivered.delivered_minor,
    delivered.left_out_minor,
    counted.counted_minor,
from delivered
full outer join counted
    on delivered.document_type = counted.document_type and delivered.currency = counted.currency
where
    coalesce(delivered.delivered_minor, 0)
    != coalesce(delivered.left_out_minor, 0) + coalesce(counted.counted_minor, 0)
