-- One row per customer and month with a margin line or with MRR: what it contributes, and by how much that differs from its
-- first three complete months, by cause, in reporting-currency cents. Additive over customers. Costs are positive in the
-- first part; in the bridge everything is signed as it moves the margin.
with customer_months as (

    select * from {{ ref('int_revenue__margin_customer_month') }}

),

entries as (

    select * from {{ ref('int_revenue__margin_entry') }}

),

products as (

    select * from {{ ref('int_revenue__margin_product_bridge') }}

),

reporting as (

    select exponent from {{ ref('int_revenue__currency') }}
    where is_reporting_currency

),

product_sums as (

    select
        customer_id,
        month_on,
        sum(list_at_entry_price_cents) as list_at_entry_price_cents,
        sum(price_unknown_list_cents) as price_unknown_list_cents,
        sum(margin_at_todays_mix_cents) as margin_at_todays_mix_cents,
        sum(margin_at_todays_price_cents - margin_at_todays_mix_cents) as price_cents,
        sum(margin_at_todays_discount_cents - margin_at_todays_price_cents) as discount_cents,
        sum(margin_at_todays_credits_cents - margin_at_todays_discount_cents) as credit_cents,
        sum(gross_margin_cents - margin_at_todays_credits_cents) as unit_cost_cents,
    from products
    group by customer_id, month_on

),

classed as (

    select
        customer_months.*,
        case
            when not customer_months.is_measured then 'not_measured'
            when customer_months.month_on < customer_months.entry_until_on then 'at_entry'
            -- a cost that was not delivered at entry is not known then, and no cause today
            when
                coalesce(
                    customer_months.has_fees != entries.has_fees
                    or customer_months.has_onboarding != entries.has_onboarding,
                    true
                )
                then 'no_entry'
            else 'bridged'
        end as comparison,
    from customer_months
    left join entries on customer_months.customer_id = entries.customer_id

),

compared as (

    select
        classed.*,
        entries.list_cents as entry_list_cents,
        entries.margin_cents as entry_margin_cents,
        coalesce(product_sums.list_at_entry_price_cents, 0) as list_at_entry_price_cents,
        coalesce(product_sums.price_unknown_list_cents, 0) as price_unknown_list_cents,
        coalesce(product_sums.margin_at_todays_mix_cents, 0) as margin_at_todays_mix_cents,
        coalesce(product_sums.price_cents, 0) as cause_price_cents,
        coalesce(product_sums.discount_cents, 0) as cause_discount_cents,
        coalesce(product_sums.credit_cents, 0) as cause_credit_cents,
        coalesce(product_sums.unit_cost_cents, 0) as cause_unit_cost_cents,
        -- what today's volume at the prices of entry would bring or cost at the rates of entry
        {% for part in [
            'recurring_margin', 'services_margin', 'contra', 'support', 'payment_fees', 'onboarding'
        ] -%}
            {{ round_ratio(
                "(cast(entries." ~ part ~ "_cents as hugeint) * coalesce(product_sums.list_at_entry_price_cents, 0))",
                "entries.list_cents"
            ) }} as {{ part }}_at_entry_cents,
        {% endfor %}
    from classed
    left join entries on classed.customer_id = entries.customer_id and classed.comparison = 'bridged'
    left join product_sums
        on
            classed.customer_id = product_sums.customer_id
            and classed.month_on = product_sums.month_on
            and classed.comparison = 'bridged'

),

caused as (

    select
        *,
        recurring_margin_at_entry_cents + services_margin_at_entry_cents + contra_at_entry_cents + support_at_entry_cents
        + payment_fees_at_entry_cents + onboarding_at_entry_cents as own_entry_cents,
        margin_at_todays_mix_cents - recurring_margin_at_entry_cents as cause_mix_products_cents,
        cause_credit_cents + refund_cents + dispute_cents - contra_at_entry_cents as cause_concessions_cents,
        services_margin_cents - services_margin_at_entry_cents as cause_services_cents,
        support_cents - support_at_entry_cents as cause_support_cents,
        payment_fees_cents - payment_fees_at_entry_cents as cause_payment_fees_cents,
        onboarding_cents - onboarding_at_entry_cents as cause_onboarding_cents,
    from compared

),

final as (

    select
        customer_id,
        segment_id,
        month_on,
        is_active,
        comparison,
        has_fx_rate,
        is_margin_known,
        is_support_known,
        is_other_cost_known,
        has_fees,
        has_onboarding,
        list_cents,
        discount_cents,
        recognised_cents as earned_cents,
        -credit_note_cents as credit_note_cents,
        recognised_cents + credit_note_cents as recognised_cents,
        -refund_cents as refund_cents,
        -dispute_cents as dispute_cents,
        -cost_of_service_cents as cost_of_service_cents,
        services_revenue_cents,
        services_margin_cents,
        -support_cents as support_cents,
        -payment_fees_cents as payment_fees_cents,
        -onboarding_cents as onboarding_cents,
        known_cents,
        case when comparison != 'not_measured' then known_cents end as contribution_cents,
        case when comparison = 'bridged' then recurring_list_cents end as bridged_list_cents,
        {% for column in [
            'entry_list', 'entry_margin', 'list_at_entry_price', 'price_unknown_list', 'own_entry', 'cause_mix_products',
            'cause_price', 'cause_discount', 'cause_concessions', 'cause_unit_cost', 'cause_services', 'cause_support',
            'cause_payment_fees', 'cause_onboarding'
        ] -%}
            cast(case when comparison = 'bridged' then {{ column }}_cents end as bigint) as {{ column }}_cents,
        {% endfor -%}
        cast(
            case
                when comparison = 'bridged' then known_cents - (
                    own_entry_cents + cause_mix_products_cents + cause_price_cents + cause_discount_cents
                    + cause_concessions_cents + cause_unit_cost_cents + cause_services_cents + cause_support_cents
                    + cause_payment_fees_cents + cause_onboarding_cents
                )
            end as bigint
        ) as unexplained_cents,
        exponent as reporting_exponent,
    from caused
    cross join reporting

)

select * from final
