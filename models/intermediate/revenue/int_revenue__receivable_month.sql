-- One row per invoice currency and complete month from the first movement on: the receivables roll-forward. Opening plus
-- movements is closing; in cents the exchange differences stand between them. Closing is the sum over open invoices.
with invoice_months as (

    select * from {{ ref('int_revenue__receivable_invoice_month') }}

),

rates as (

    select * from {{ ref('int_revenue__cash_rate_month') }}
    where is_complete_month

),

{%- set kinds = ['invoiced', 'customer_balance', 'credit_note', 'payment', 'write_off'] %}
{%- set cents = ['opening'] + kinds + ['fx_realised', 'fx_unrealised', 'closing'] %}

starts as (

    select
        currency,
        min(month_on) as first_month_on,
    from invoice_months
    group by currency

),

summed as (

    select
        currency,
        month_on,
        count(*) filter (where closing_minor != 0) as n_open_invoices,
        {% for measure in ['opening'] + kinds + ['closing'] -%}
            sum({{ measure }}_minor) as {{ measure }}_minor,
        {% endfor -%}
        {% for measure in cents -%}
            case when count(*) = count({{ measure }}_cents) then sum({{ measure }}_cents) end as {{ measure }}_cents,
        {% endfor -%}
    from invoice_months
    group by currency, month_on

),

final as (

    select
        rates.month_on,
        rates.currency,
        coalesce(summed.n_open_invoices, 0) as n_open_invoices,
        {% for measure in ['opening'] + kinds + ['closing'] -%}
            cast(coalesce(summed.{{ measure }}_minor, 0) as bigint) as {{ measure }}_minor,
        {% endfor -%}
        rates.rate_to_reporting is not null as has_fx_rate,
        {% for measure in cents -%}
            cast(case when summed.month_on is null then 0 else summed.{{ measure }}_cents end as bigint)
                as {{ measure }}_cents,
        {% endfor -%}
    from rates
    inner join starts on rates.currency = starts.currency and rates.month_on >= starts.first_month_on
    left join summed on rates.currency = summed.currency and rates.month_on = summed.month_on

)

select * from final
