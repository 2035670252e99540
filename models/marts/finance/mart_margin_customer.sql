-- One row per customer and month: what it contributes and why that differs from its first three complete months. The
-- middle step between a cell of mart_margin_durability and the documents of mart_margin_line.
with customer_months as (

    select * from {{ ref('fct_margin_customer_month') }}

),

final as (

    select
        month_on,
        segment_id,
        customer_id,
        comparison,
        {% for column in [
            'list', 'discount', 'earned', 'credit_note', 'recognised', 'refund', 'dispute', 'cost_of_service',
            'services_revenue', 'services_margin', 'support', 'payment_fees', 'onboarding', 'known', 'contribution',
            'entry_list', 'entry_margin', 'bridged_list', 'list_at_entry_price', 'own_entry', 'cause_mix_products', 'cause_price',
            'cause_discount', 'cause_concessions', 'cause_unit_cost', 'cause_services', 'cause_support', 'cause_payment_fees',
            'cause_onboarding', 'unexplained'
        ] -%}
            {{ convert_to_major_units(column ~ '_cents', 'reporting_exponent') }} as {{ column }}_amount,
        {% endfor -%}
        {{ as_of_date() }} as as_of_date,
    from customer_months

)

select * from final
