-- One row per customer with a known entry, recurring product, billing currency and month after the entry: the product's gross
-- margin in reporting-currency cents, as it would be if only the first, the first two, ... of these were as today and the
-- rest as at entry: mix, unit price, discount, credits, margin rate. A cause is the difference of two neighbours, so that
-- causes sum exactly; the order decides who gets what two causes do together.
with product_months as (

    select * from {{ ref('int_revenue__margin_product_month') }}

),

customer_months as (

    select * from {{ ref('int_revenue__margin_customer_month') }}
    where is_measured

),

entries as (

    select * from {{ ref('int_revenue__margin_entry') }}

),

entry_products as (

    select * from {{ ref('int_revenue__margin_entry_product') }}

),

-- what the customer had on average, for a product that it did not have at entry
entry_averages as (

    select
        customer_id,
        cast(sum(list_cents) as bigint) as list_cents,
        cast(sum(discount_cents) as bigint) as discount_cents,
        cast(sum(credit_cents) as bigint) as credit_cents,
    from entry_products
    group by customer_id

),

joined as (

    select
        product_months.customer_id,
        product_months.product_id,
        product_months.currency,
        product_months.month_on,
        product_months.list_cents,
        product_months.discount_cents,
        product_months.credit_cents,
        product_months.recognised_cents,
        product_months.gross_margin_cents,
        entry_products.customer_id is not null as was_bought_at_entry,
        entry_products.gross_margin_cents as entry_gross_margin_cents,
        entry_products.list_cents as entry_product_list_cents,
        -- rates of entry, as pairs of whole numbers
        coalesce(entry_products.list_cents, entry_averages.list_cents, 1) as entry_list_cents,
        coalesce(entry_products.discount_cents, entry_averages.discount_cents, 0) as entry_discount_cents,
        coalesce(entry_products.credit_cents, entry_averages.credit_cents, 0) as entry_credit_cents,
        case
            when entry_products.recognised_cents > 0 then entry_products.gross_margin_cents
            when product_months.recognised_cents != 0
                then product_months.gross_margin_cents * sign(product_months.recognised_cents)
            else 0
        end as margin_numerator,
        case
            when entry_products.recognised_cents > 0 then entry_products.recognised_cents
            when product_months.recognised_cents != 0 then abs(product_months.recognised_cents)
            else 1
        end as margin_denominator,
        case
            when entry_products.customer_id is null or product_months.list_minor = 0 then product_months.list_cents
            when
                product_months.list_minor > 0 and product_months.unit_months_e9 > 0 and entry_products.unit_months_e9 > 0
                then {{ round_ratio(
                    "(cast(product_months.list_cents as hugeint) * product_months.unit_months_e9 * entry_products.list_minor)",
                    "(cast(entry_products.unit_months_e9 as hugeint) * product_months.list_minor)"
                ) }}
        end as priced_list_cents,
    from product_months
    inner join customer_months
        on product_months.customer_id = customer_months.customer_id and product_months.month_on = customer_months.month_on
    inner join entries
        on product_months.customer_id = entries.customer_id and product_months.month_on >= entries.entry_until_on
    left join entry_averages on product_months.customer_id = entry_averages.customer_id
    left join entry_products
        on
            product_months.customer_id = entry_products.customer_id
            and product_months.product_id = entry_products.product_id
            and product_months.currency = entry_products.currency

),

valued as (

    select
        *,
        -- without a unit price then and now, what changed in price stays in the volume
        coalesce(priced_list_cents, list_cents) as list_at_entry_price_cents,
        case when priced_list_cents is null then list_cents else 0 end as price_unknown_list_cents,
        {{ round_ratio("(cast(entry_discount_cents as hugeint) * list_cents)", "entry_list_cents") }}
            as discount_at_entry_cents,
        {{ round_ratio("(cast(entry_credit_cents as hugeint) * list_cents)", "entry_list_cents") }}
            as credit_at_entry_cents,
    from joined

),

levels as (

    select
        *,
        -- the same fraction as for the volume, so that an unchanged price moves nothing by rounding
        case
            when was_bought_at_entry then {{ round_ratio(
                "(cast(entry_gross_margin_cents as hugeint) * list_cents)", "entry_product_list_cents"
            ) }}
            else {{ round_ratio(
                "(cast(margin_numerator as hugeint) * (list_cents - discount_at_entry_cents - credit_at_entry_cents))",
                "margin_denominator"
            ) }}
        end as margin_at_todays_price_cents,
        {{ round_ratio(
            "(cast(margin_numerator as hugeint) * (list_cents - discount_cents - credit_at_entry_cents))",
            "margin_denominator"
        ) }} as margin_at_todays_discount_cents,
        {{ round_ratio("(cast(margin_numerator as hugeint) * recognised_cents)", "margin_denominator") }}
            as margin_at_todays_credits_cents,
    from valued

),

final as (

    select
        customer_id,
        product_id,
        currency,
        month_on,
        was_bought_at_entry,
        list_cents,
        list_at_entry_price_cents,
        price_unknown_list_cents,
        case
            when was_bought_at_entry then {{ round_ratio(
                "(cast(entry_gross_margin_cents as hugeint) * list_at_entry_price_cents)", "entry_product_list_cents"
            ) }}
            else margin_at_todays_price_cents
        end as margin_at_todays_mix_cents,
        margin_at_todays_price_cents,
        margin_at_todays_discount_cents,
        margin_at_todays_credits_cents,
        gross_margin_cents,
    from levels

)

select * from final
