-- One row per customer, billing currency and complete month in which it had MRR at the beginning or at the end: opening,
-- what moved, closing, in the billing currency and in the reporting currency.
with movements as (

    select * from {{ ref('fct_mrr_movement_month') }}

),

final as (

    select
        customer_id,
        segment_id,
        month_on,
        currency,
        mrr_policy,
        movement_class,
        {% for amount in ['opening', 'new', 'expansion', 'contraction', 'churn', 'reactivation', 'closing'] -%}
        {{ convert_to_major_units(amount ~ '_minor', 'currency_exponent') }} as {{ amount }}_amount,
        {% endfor -%}
        '{{ var("reporting_currency") }}' as reporting_currency,
        has_fx_rate,
        {% for amount in ['opening', 'new', 'expansion', 'contraction', 'churn', 'reactivation', 'closing'] -%}
        {{ convert_to_major_units(amount ~ '_cents', 'reporting_exponent') }} as reporting_{{ amount }}_amount,
        {% endfor -%}
        {{ convert_to_major_units('fx_cents', 'reporting_exponent') }} as fx_amount,
    from movements

)

select * from final
