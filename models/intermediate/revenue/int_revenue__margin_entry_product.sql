-- One row per customer, recurring product and billing currency bought in the first three complete months of life: list value,
-- discount, credits, net and margin over the three together, reporting-currency cents, and the volume bought. Only
-- customers of int_revenue__margin_entry, and products with list value and without a negative net amount.
with entries as (

    select * from {{ ref('int_revenue__margin_entry') }}

),

product_months as (

    select * from {{ ref('int_revenue__margin_product_month') }}

),

summed as (

    select
        entries.customer_id,
        product_months.product_id,
        product_months.currency,
        cast(sum(product_months.list_minor) as bigint) as list_minor,
        case when count(*) = count(product_months.unit_months_e9) then cast(sum(product_months.unit_months_e9) as bigint) end
            as unit_months_e9,
        cast(sum(product_months.list_cents) as bigint) as list_cents,
        cast(sum(product_months.discount_cents) as bigint) as discount_cents,
        cast(sum(product_months.credit_cents) as bigint) as credit_cents,
        cast(sum(product_months.recognised_cents) as bigint) as recognised_cents,
        cast(sum(product_months.gross_margin_cents) as bigint) as gross_margin_cents,
    from entries
    inner join product_months
        on
            entries.customer_id = product_months.customer_id
            and entries.entry_from_on <= product_months.month_on
            and entries.entry_until_on > product_months.month_on
    group by entries.customer_id, product_months.product_id, product_months.currency

),

final as (

    select
        customer_id,
        product_id,
        currency,
        list_minor,
        unit_months_e9,
        list_cents,
        discount_cents,
        credit_cents,
        recognised_cents,
        gross_margin_cents,
    from summed
    where list_cents > 0 and list_minor > 0 and recognised_cents >= 0

)

select * from final
