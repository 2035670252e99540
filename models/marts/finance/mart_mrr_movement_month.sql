-- One row per customer, billing currency and complete month in which it had MRR, known or not, at the beginning or at the
-- end: opening, what moved, closing, in the billing currency and in the reporting currency.
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
        {{ convert_to_major_units('opening_minor', 'currency_exponent') }} as opening_amount,
        {{ convert_to_major_units('new_minor', 'currency_exponent') }} as new_amount,
        {{ convert_to_major_units('expansion_minor', 'currency_exponent') }} as expansion_amount,
        {{ convert_to_major_units('contraction_minor', 'currency_exponent') }} as contraction_amount,
        {{ convert_to_major_units('churn_minor', 'currency_exponent') }} as churn_amount,
        {{ convert_to_major_units('reactivation_minor', 'currency_exponent') }} as reactivation_amount,
        {{ convert_to_major_units('closing_minor', 'currency_exponent') }} as closing_amount,
        is_opening_unknown,
        is_closing_unknown,
        '{{ var("reporting_currency") }}' as reporting_currency,
        has_fx_rate,
        {{ convert_to_major_units('opening_cents', 'reporting_exponent') }} as reporting_opening_amount,
        {{ convert_to_major_units('new_cents', 'reporting_exponent') }} as reporting_new_amount,
        {{ convert_to_major_units('expansion_cents', 'reporting_exponent') }} as reporting_expansion_amount,
        {{ convert_to_major_units('contraction_cents', 'reporting_exponent') }} as reporting_contraction_amount,
        {{ convert_to_major_units('churn_cents', 'reporting_exponent') }} as reporting_churn_amount,
        {{ convert_to_major_units('reactivation_cents', 'reporting_exponent') }} as reporting_reactivation_amount,
        {{ convert_to_major_units('closing_cents', 'reporting_exponent') }} as reporting_closing_amount,
        {{ convert_to_major_units('fx_cents', 'reporting_exponent') }} as fx_amount,
    from movements

)

select * from final
