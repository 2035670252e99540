-- One row per invoice line and complete month in which it earned something or had a list value: what kind of revenue it is,
-- its product and unit price, and list value less discount = earned. Amounts in minor units of the billing currency and
-- in reporting-currency cents; null cents: no rate.
with revenue_lines as (

    select * from {{ ref('fct_revenue_line_month') }}

),

invoice_lines as (

    select * from {{ ref('int_revenue__invoice_line') }}

),

prices as (

    select * from {{ ref('stg_stripe__price') }}

),

interval_lengths as (

    select * from {{ ref('billing_interval') }}

),

months as (

    select * from {{ ref('dim_month') }}

),

rates as (

    select * from {{ ref('int_revenue__fx_rate_month') }}

),

currencies as (

    select * from {{ ref('int_revenue__currency') }}

),

reporting as (

    select exponent from currencies
    where is_reporting_currency

),

described as (

    select
        invoice_lines.*,
        coalesce(prices.stripe_product_id, invoice_lines.price_id, 'unknown') as product_id,
        case
            when prices.interval_unit is not null then 'recurring'
            -- a line that names no price recurs when it belongs to a subscription
            when prices.price_id is null and invoice_lines.subscription_id is not null then 'recurring'
            else 'services'
        end as revenue_kind,
        -- a negative line that is no part of a change within a period takes something off the others
        case
            when invoice_lines.amount_minor < 0 and not invoice_lines.is_proration then 0
            else invoice_lines.amount_minor
        end as list_amount_minor,
        {{ round_ratio(
            "(cast(prices.unit_amount_minor * 1000000 as hugeint) * interval_lengths.intervals_per_year)",
            "(12 * coalesce(prices.interval_count, 1))"
        ) }} as stated_unit_price_e6,
        case
            when
                {{ months_between('invoice_lines.service_from_on', 'invoice_lines.service_until_on') }} > 0
                and {{ add_months(
                    'invoice_lines.service_from_on',
                    months_between('invoice_lines.service_from_on', 'invoice_lines.service_until_on')
                ) }} = invoice_lines.service_until_on
                then {{ months_between('invoice_lines.service_from_on', 'invoice_lines.service_until_on') }}
        end as service_months,
        invoice_lines.service_until_on - invoice_lines.service_from_on as service_days,
    from invoice_lines
    left join prices on invoice_lines.price_id = prices.price_id
    left join interval_lengths on prices.interval_unit = interval_lengths.interval_unit

),

-- a tiered or agreed price states no amount per unit; the bill does, as long as it is for a whole period
priced as (

    select
        *,
        nullif(
            coalesce(
                stated_unit_price_e6,
                case
                    when revenue_kind != 'recurring' or is_proration then null
                    when coalesce(quantity, 0) <= 0 or list_amount_minor <= 0 then null
                    when service_months is not null then {{ round_ratio(
                        "(cast(list_amount_minor as hugeint) * 1000000)", "(cast(quantity as hugeint) * service_months)"
                    ) }}
                    else {{ round_ratio(
                        "(cast(list_amount_minor as hugeint) * 1000000 * 365)",
                        "(cast(quantity as hugeint) * 12 * service_days)"
                    ) }}
                end
            ), 0
        ) as unit_price_e6,
    from described

),

shared as (

    select
        revenue_lines.*,
        priced.product_id,
        priced.revenue_kind,
        priced.unit_price_e6,
        coalesce(
            case
                when priced.service_from_on < months.next_month_on and priced.service_until_on > months.month_on
                    then {{ allocate_cumulative(
                        'priced.list_amount_minor',
                        '(greatest(months.month_on, priced.service_from_on) - priced.service_from_on)',
                        '(least(months.next_month_on, priced.service_until_on) - priced.service_from_on)',
                        'priced.service_days'
                    ) }}
            end, 0
        ) as list_minor,
    from revenue_lines
    inner join priced
        on revenue_lines.invoice_id = priced.invoice_id and revenue_lines.invoice_line_item_id = priced.invoice_line_item_id
    inner join months on revenue_lines.month_on = months.month_on

),

final as (

    select
        shared.invoice_id,
        shared.invoice_line_item_id,
        shared.month_on,
        shared.customer_id,
        shared.currency,
        shared.product_id,
        shared.revenue_kind,
        shared.unit_price_e6,
        shared.list_minor,
        shared.list_minor - shared.earned_minor as discount_minor,
        shared.earned_minor,
        shared.earned_credit_minor,
        shared.recognised_minor,
        -- list value is earned plus discount, so that what was converted once stays as it is
        cast(
            shared.earned_cents
            + case when shared.list_minor = shared.earned_minor then 0 else {{ convert_minor_units(
                'shared.list_minor - shared.earned_minor',
                'currencies.exponent', 'rates.rate_to_reporting', 'reporting.exponent'
            ) }} end as bigint
        ) as list_cents,
        cast(
            case when shared.list_minor = shared.earned_minor then 0 else {{ convert_minor_units(
                'shared.list_minor - shared.earned_minor',
                'currencies.exponent', 'rates.rate_to_reporting', 'reporting.exponent'
            ) }} end as bigint
        ) as discount_cents,
        shared.earned_cents,
        shared.earned_credit_cents,
        shared.recognised_cents,
        -- nothing recognised costs nothing, whatever the margin
        case when shared.recognised_cents = 0 then 0 else shared.cost_of_service_cents end as cost_of_service_cents,
        case when shared.recognised_cents = 0 then 0 else shared.gross_margin_cents end as gross_margin_cents,
    from shared
    inner join currencies on shared.currency = currencies.currency
    cross join reporting
    left join rates on shared.currency = rates.currency and shared.month_on = rates.month_on
    where shared.list_minor != 0 or shared.earned_minor != 0 or shared.earned_credit_minor != 0

)

select * from final
