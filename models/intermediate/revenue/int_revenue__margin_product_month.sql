-- One row per customer, recurring product, billing currency and month: list value, discount, credits and gross margin in
-- reporting-currency cents, and how many unit-months the list value bought. Additive over rows; null cents: unknown.
with revenue_lines as (

    select * from {{ ref('int_revenue__margin_line_month') }}
    where revenue_kind = 'recurring' and customer_id is not null

),

counted as (

    select
        *,
        -- billionths of a unit-month: what was paid at list price, over the price of one unit for one month
        {{ round_ratio("(cast(list_minor as hugeint) * 1000000000000000)", "unit_price_e6") }} as unit_months_e9,
    from revenue_lines

),

final as (

    select
        customer_id,
        product_id,
        currency,
        month_on,
        cast(sum(list_minor) as bigint) as list_minor,
        -- a line without a unit price leaves the unit price of the whole product unknown
        case when bool_and(unit_price_e6 is not null or list_minor = 0) then cast(sum(unit_months_e9) as bigint) end
            as unit_months_e9,
        case when count(*) = count(list_cents) then cast(sum(list_cents) as bigint) end as list_cents,
        case when count(*) = count(discount_cents) then cast(sum(discount_cents) as bigint) end as discount_cents,
        case when count(*) = count(earned_credit_cents) then cast(sum(earned_credit_cents) as bigint) end as credit_cents,
        case when count(*) = count(recognised_cents) then cast(sum(recognised_cents) as bigint) end as recognised_cents,
        case when count(*) = count(gross_margin_cents) then cast(sum(gross_margin_cents) as bigint) end
            as gross_margin_cents,
    from counted
    group by customer_id, product_id, currency, month_on

)

select * from final
