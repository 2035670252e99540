-- A failing row is a currency in which what movements leave open is not what the invoice headers state plus the differences
-- that are listed invoice by invoice, or an invoice with a difference that nothing explains.
{{ config(group="platform") }}
with stated as (

    select
        bills.currency,
        sum(
            coalesce(
                bills.amount_remaining_minor,
                bills.amount_due_minor - coalesce(
                    bills.amount_paid_minor, case when bills.status = 'paid' then bills.amount_due_minor end, 0
                )
            )
        ) as stated_minor,
    from {{ ref('stg_stripe__invoice') }} as bills
    where {{ was_billed('bills') }}
    group by bills.currency

),

moved as (

    select
        currency,
        sum(amount_minor) as open_minor,
    from {{ ref('fct_receivable_movement') }}
    group by currency

),

listed as (

    select
        currency,
        sum(
            written_off_minor + later_payments_minor + later_notes_minor + voided_later_minor + notes_unstated_minor
            + charges_unstated_minor + header_gap_minor
        ) as listed_minor,
        count(*) filter (where unexplained_minor != 0) as n_unexplained,
    from {{ ref('int_revenue__receivable_check') }}
    group by currency

)

select
    stated.currency,
    stated.stated_minor,
    moved.open_minor,
    listed.listed_minor,
    listed.n_unexplained,
from stated
left join moved on stated.currency = moved.currency
left join listed on stated.currency = listed.currency
where
    moved.open_minor is distinct from stated.stated_minor + coalesce(listed.listed_minor, 0)
    or coalesce(listed.n_unexplained, 0) > 0
