-- One row per check on receivables, cash and refunds, in the shape of fct_data_check: what was not delivered, what does not meet,
-- and what was counted by a stated fallback. Nothing here is left out of the figures; it is said how much of them rests on it.
with charges as (

    select * from {{ ref('int_revenue__cash_charge') }}
    where {{ was_known('charged_at') }}

),

movements as (

    select * from {{ ref('fct_cash_movement') }}

),

receivables as (

    select * from {{ ref('fct_receivable_movement') }}

),

receivable_gaps as (

    select * from {{ ref('int_revenue__receivable_check') }}

),

contra as (

    select * from {{ ref('int_revenue__contra_document') }}

),

disputes as (

    select * from {{ ref('stg_stripe__dispute') }}
    where {{ was_known('created_at') }}

),

rates as (

    select * from {{ ref('int_revenue__cash_rate_month') }}

),

all_charges as (

    select count(*) as n_charges
    from {{ ref('stg_stripe__charge') }}

),

all_movements as (

    select count(*) as n_movements
    from movements

),

dated_payments as (

    select
        count(*) filter (where movement = 'payment' and is_dated) as n_dated,
        -- a company without bills has nothing that could be paid
        count(*) as n_moved,
    from receivables

),

payments_delivered as (

    select
        'payments_are_known' as check_name,
        'info' as bad_status,
        case
            when all_charges.n_charges = 0 and dated_payments.n_dated = 0 and dated_payments.n_moved > 0 then 1
            else 0
        end as n_rows,
        'No charges and no dates of payment were delivered: what was collected and when is unknown, not zero' as detail,
    from all_charges
    cross join dated_payments

),

balance_delivered as (

    select
        'balance_is_known' as check_name,
        'info' as bad_status,
        case when all_movements.n_movements = 0 and dated_payments.n_moved > 0 then 1 else 0 end as n_rows,
        'No balance transactions were delivered: fees, payouts and the balance at the processor are unknown, not zero' as detail,
    from all_movements
    cross join dated_payments

),

charges_untied as (

    select
        'charges_without_balance_transaction' as check_name,
        'warn' as bad_status,
        case
            when max(all_movements.n_movements) > 0 then count(*) filter (where charges.transaction_tie = 'no_transaction')
            else 0
        end as n_rows,
        'Succeeded charges that no movement of the balance carries ('
        || coalesce(sum(charges.amount_minor) filter (where charges.transaction_tie = 'no_transaction'), 0)
        || ' minor units): paid, but not seen to arrive' as detail,
    from all_movements
    left join charges on true

),

charges_in_other_currency as (

    select
        'charges_settled_in_another_currency' as check_name,
        'info' as bad_status,
        count(*) filter (where transaction_tie = 'other_currency') as n_rows,
        'Charges that reached the balance in another currency; cash counts what arrived, receivables what was billed; '
        || count(*) filter (where transaction_tie = 'other_currency' and exchange_rate is null)
        || ' of them state no exchange rate' as detail,
    from charges

),

charges_of_other_amount as (

    select
        'charges_settled_with_another_amount' as check_name,
        'warn' as bad_status,
        count(*) filter (where transaction_tie = 'amount_differs') as n_rows,
        'Charges whose movement of the balance has the same currency and another amount ('
        || coalesce(sum(settled_minor - amount_minor) filter (where transaction_tie = 'amount_differs'), 0)
        || ' minor units in sum)' as detail,
    from charges

),

charges_off_their_invoice as (

    select
        'charges_in_another_currency_than_their_invoice' as check_name,
        'warn' as bad_status,
        count(*) filter (where invoice_currency != currency) as n_rows,
        'Charges that pay an invoice of another currency: the invoice is paid by what its header states' as detail,
    from charges

),

movements_without_document as (

    select
        'payments_of_the_balance_without_charge' as check_name,
        'warn' as bad_status,
        count(*) filter (where category = 'payment' and charge_id is null) as n_rows,
        'Payments on the balance whose charge was not delivered, or is one of test mode ('
        || coalesce(sum(amount_cents) filter (where category = 'payment' and charge_id is null), 0)
        || ' cents of {{ var("reporting_currency") }}); they count as cash of nobody' as detail,
    from movements

),

movements_off_net as (

    select
        'balance_movements_off_their_net' as check_name,
        'warn' as bad_status,
        count(*) filter (where off_net_minor != 0) as n_rows,
        'Movements of the balance whose amount less fee is not their net (' || coalesce(sum(off_net_minor), 0)
        || ' minor units in sum); the balance follows the net' as detail,
    from movements

),

movements_of_unknown_type as (

    select
        'balance_movements_of_unknown_type' as check_name,
        'warn' as bad_status,
        count(*) filter (where not is_known_type) as n_rows,
        coalesce(
            'Movements of the balance with a type that cash_category does not list; they count as other: '
            || string_agg(distinct coalesce(reporting_category, transaction_type), ', ')
                filter (where not is_known_type),
            'Every type is listed'
        ) as detail,
    from movements

),

undated as (

    select
        'receivable_movements_without_date' as check_name,
        'warn' as bad_status,
        count(*) filter (where not is_dated) as n_rows,
        'Payments, credits or write-offs that a header states without a date: payments and write-offs count from the day their'
        || ' row was written, credits from the day of the bill' as detail,
    from receivables

),

{%- set gaps = {
    'receivables_paid_beyond_the_header': ('charges_unstated_minor', 'charges beyond what the header says was paid'),
    'receivables_credited_beyond_the_header': ('notes_unstated_minor', 'credit notes beyond what the header says was credited'),
    'receivables_off_their_own_header': ('header_gap_minor', 'amount due less amount paid is not what the header says remains'),
    'receivables_unexplained': ('unexplained_minor', 'nothing known explains the difference'),
} %}

{%- for name, gap in gaps.items() %}

{{ name }} as (

    select
        '{{ name }}' as check_name,
        'warn' as bad_status,
        count(*) filter (where {{ gap[0] }} != 0) as n_rows,
        'Invoices that stand open with another amount than their header states ('
        || coalesce(sum(abs({{ gap[0] }})), 0) || ' minor units): {{ gap[1] }}' as detail,
    from receivable_gaps

),
{%- endfor %}

refunds_unplaced as (

    select
        'refunds_without_customer' as check_name,
        'warn' as bad_status,
        count(*) filter (where customer_id is null) as n_rows,
        'Refunds or lost disputes that lead to no customer (' || coalesce(sum(net_cents) filter (where customer_id is null), 0)
        || ' cents of {{ var("reporting_currency") }}); they take back revenue of nobody' as detail,
    from contra

),

refunds_beyond_bill as (

    select
        'refunds_beyond_their_bill' as check_name,
        'warn' as bad_status,
        count(*) filter (where excess_minor != 0) as n_rows,
        'Refunds or lost disputes of which a part was never revenue: beyond the bill, paid twice, or of a bill that does not stand'
            as detail,
    from contra

),

disputes_open as (

    select
        'disputes_under_review' as check_name,
        'info' as bad_status,
        count(*) filter (where dispute_status not in ('won', 'lost', 'warning_closed', 'charge_refunded')) as n_rows,
        'Disputes without an outcome; their revenue still stands' as detail,
    from disputes

),

without_rate as (

    select
        currency,
        month_on,
    from receivables
    where not has_fx_rate

    union

    select
        currency,
        month_on,
    from movements
    where not has_fx_rate

    union

    select
        currency,
        month_on,
    from contra
    where not has_fx_rate

),

cash_without_rate as (

    select
        'cash_without_rate' as check_name,
        'warn' as bad_status,
        count(*) as n_rows,
        coalesce(
            'No rate to {{ var("reporting_currency") }} for money that was billed or moved; its reporting amount is unknown: '
            || string_agg(without_rate.currency || ' ' || strftime(without_rate.month_on, '%Y-%m'), ', '
                order by without_rate.currency, without_rate.month_on),
            'Every month of every currency has a rate'
        ) as detail,
    from without_rate

),

unioned as (

    {% for name in [
        'payments_delivered', 'balance_delivered', 'charges_untied', 'charges_in_other_currency', 'charges_of_other_amount',
        'charges_off_their_invoice', 'movements_without_document', 'movements_off_net', 'movements_of_unknown_type', 'undated',
    ] + (gaps | list) + ['refunds_unplaced', 'refunds_beyond_bill', 'disputes_open', 'cash_without_rate'] -%}
        select * from {{ name }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

final as (

    select
        check_name,
        'cash' as check_group,
        case when n_rows = 0 then 'pass' else bad_status end as status,
        cast(n_rows as bigint) as n_rows,
        case when n_rows = 0 then 'Nothing to report' else detail end as detail,
    from unioned

)

select * from final
