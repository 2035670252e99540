-- One row per customer and complete month from its first month with MRR. Amounts in reporting-currency cents.
-- Additive over customers and months: revenue, gross margin, support cost. Not additive over months: MRR, ARR, age.
-- An unknown amount is null, never zero: no rate for the currency, no stated margin, no support system.
with currency_months as (

    select * from {{ ref('int_revenue__customer_currency_month') }}

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

revenue as (

    select * from {{ ref('int_revenue__customer_month') }}

),

support as (

    select * from {{ ref('int_cost__support_customer_month') }}

),

support_accounts as (

    select * from {{ ref('int_identity__support_account') }}

),

support_coverage as (

    select
        min(month_on) as first_support_month_on,
        coalesce(bool_or(support_cost_cents is not null), false) as has_rates,
    from support

),

mrr as (

    select
        currency_months.customer_id,
        currency_months.month_on,
        sum({{ convert_minor_units(
            'currency_months.mrr_minor', 'currencies.exponent', 'rates.rate_to_reporting', 'reporting.exponent'
        ) }}) as mrr_cents,
        -- a change is valued at one rate, so that a moving rate is never mistaken for expansion
        sum({{ convert_minor_units(
            'currency_months.mrr_minor - coalesce(currency_months.previous_mrr_minor, 0)',
            'currencies.exponent', 'rates.rate_to_reporting', 'reporting.exponent'
        ) }}) as mrr_change_cents,
        bool_and(rates.rate_to_reporting is not null) as has_fx_rate,
        -- being a customer does not hang on a rate, nor on knowing the amount
        bool_or(currency_months.mrr_minor > 0 or coalesce(currency_months.is_mrr_unknown, false)) as is_active,
        coalesce(bool_or(currency_months.is_mrr_unknown), false) as is_mrr_unknown,
        coalesce(bool_or(currency_months.is_mrr_unknown or currency_months.is_previous_mrr_unknown), false)
            as is_change_unknown,
    from currency_months
    inner join currencies on currency_months.currency = currencies.currency
    cross join reporting
    left join rates
        on currency_months.currency = rates.currency and currency_months.month_on = rates.month_on
    group by currency_months.customer_id, currency_months.month_on

),

aged as (

    select
        *,
        min(month_on) over (partition by customer_id) as start_month_on,
    from mrr

),

final as (

    select
        aged.customer_id,
        aged.month_on,
        {{ months_between('aged.start_month_on', 'aged.month_on') }} as age_month,
        aged.is_active,
        aged.has_fx_rate and coalesce(revenue.has_fx_rate, true) as has_fx_rate,
        cast(case when aged.has_fx_rate then aged.mrr_cents end as bigint) as mrr_cents,
        aged.is_mrr_unknown,
        -- from or to an amount that nobody stated is neither a rise nor a fall
        cast(case when aged.has_fx_rate and not aged.is_change_unknown then aged.mrr_change_cents end as bigint)
            as mrr_change_cents,
        cast(case when coalesce(revenue.has_fx_rate, true) then coalesce(revenue.revenue_cents, 0) end as bigint)
            as revenue_cents,
        revenue.margin_revenue_cents,
        revenue.gross_margin_cents,
        cast(
            case
                when not aged.has_fx_rate or revenue.gross_margin_cents is null then null
                when revenue.margin_revenue_cents = revenue.revenue_cents then aged.mrr_cents * 12
                -- known for a part of the revenue it is known for as large a part of the ARR; what is billed beyond MRR at
                -- an unknown margin takes nothing away from the ARR whose margin is known
                else least(
                    greatest(
                        coalesce(
                            {{ round_ratio(
                                'cast(aged.mrr_cents as hugeint) * 12 * revenue.margin_revenue_cents',
                                'nullif(greatest(least(revenue.revenue_cents, aged.mrr_cents), 0), 0)'
                            ) }},
                            aged.mrr_cents * 12
                        ),
                        0
                    ),
                    aged.mrr_cents * 12
                )
            end as bigint
        ) as margin_arr_cents,
        cast(
            case
                when
                    support_coverage.has_rates
                    and aged.month_on >= support_coverage.first_support_month_on
                    and coalesce(support.is_fully_costed, true)
                    -- without a sign of it at the support desk nobody knows what the customer cost
                    and support_accounts.account_id is not null
                    then coalesce(support.support_cost_cents, 0)
            end as bigint
        ) as support_cost_cents,
        cast(
            case
                when aged.month_on >= support_coverage.first_support_month_on and support_accounts.account_id is not null
                    then coalesce(support.support_tickets, 0)
            end as bigint
        ) as support_tickets,
    from aged
    cross join support_coverage
    left join support_accounts on aged.customer_id = support_accounts.account_id
    left join revenue on aged.customer_id = revenue.customer_id and aged.month_on = revenue.month_on
    left join support on aged.customer_id = support.customer_id and aged.month_on = support.month_on

)

select * from final
