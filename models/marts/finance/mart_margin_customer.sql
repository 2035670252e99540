-- One row per customer and month: what it contributes and why that differs from its first three complete months. The
-- middle step between a cell of mart_margin_durability and the documents of mart_margin_line.
with customer_months as (

    select * from {{ ref('fct_margin_customer_month') }}

),

accounts as (

    select * from {{ ref('dim_account') }}

),

final as (

    select
        customer_months.month_on,
        customer_months.segment_id,
        customer_months.customer_id,
        accounts.account_name,
        customer_months.comparison,
        customer_months.is_margin_known,
        -- what nothing is known of is null, not zero
        {% set unknown = {
            'cost_of_service': 'not customer_months.is_margin_known and customer_months.cost_of_service_cents = 0',
            'services_margin': 'not customer_months.is_margin_known',
            'support': 'not customer_months.is_support_known and customer_months.support_cents = 0',
            'payment_fees': 'not customer_months.has_fees',
            'onboarding': 'not customer_months.has_onboarding',
        } -%}
        {% for column in [
            'list', 'discount', 'earned', 'credit_note', 'recognised', 'refund', 'dispute', 'services_revenue', 'known',
            'contribution', 'entry_list', 'entry_margin', 'bridged_list', 'list_at_entry_price', 'own_entry',
            'cause_mix_products', 'cause_price', 'cause_discount', 'cause_concessions', 'cause_unit_cost', 'cause_services',
            'cause_support', 'cause_payment_fees', 'cause_onboarding', 'unexplained'
        ] -%}
            {{ convert_to_major_units('customer_months.' ~ column ~ '_cents', 'customer_months.reporting_exponent') }}
                as {{ column }}_amount,
        {% endfor -%}
        {% for column, is_unknown in unknown.items() -%}
            case
                when not ({{ is_unknown }}) then {{ convert_to_major_units(
                    'customer_months.' ~ column ~ '_cents', 'customer_months.reporting_exponent'
                ) }}
            end as {{ column }}_amount,
        {% endfor -%}
        {{ as_of_date() }} as as_of_date,
    from customer_months
    left join accounts on customer_months.customer_id = accounts.account_id

)

select * from final
