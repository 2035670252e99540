-- One row per Stripe price and validity period: the gross margin rate finance states for its product.
with prices as (

    select * from {{ ref('stg_stripe__price') }}

),

products as (

    select * from {{ ref('stg_stripe__product') }}

),

crm_products as (

    select
        product_name,
        min(product_code) as product_code,
    from {{ ref('stg_salesforce__product') }}
    group by product_name

),

margins as (

    select * from {{ ref('stg_finance__product_margin') }}
    where valid_from_on <= {{ as_of_date() }}

),

product_keys as (

    select
        prices.price_id,
        {% if var('product_key') == 'id' -%}
            products.product_ref
        {%- elif var('product_key') == 'name' -%}
            products.product_name
        {%- elif var('product_key') == 'code' -%}
            crm_products.product_code
        {%- else -%}
            {{ exceptions.raise_compiler_error("product_key must be id, code or name, got '" ~ var('product_key') ~ "'.") }}
        {%- endif %} as product_key,
    from prices
    inner join products on prices.stripe_product_id = products.stripe_product_id
    -- noqa: disable=ST11
    left join crm_products on products.product_name = crm_products.product_name
    -- noqa: enable=ST11

),

final as (

    select
        product_keys.price_id,
        margins.product_key,
        margins.gross_margin_rate,
        margins.valid_from_on,
        least(
            coalesce(margins.valid_to_on, date '9999-12-31'),
            coalesce(
                lead(margins.valid_from_on) over (
                    partition by product_keys.price_id order by margins.valid_from_on
                ) - 1,
                date '9999-12-31'
            )
        ) as valid_to_on,
    from product_keys
    inner join margins on product_keys.product_key = margins.product_key

)

select * from final
