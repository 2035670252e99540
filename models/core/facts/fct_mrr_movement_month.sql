-- One row per customer, billing currency and complete month in which it had MRR, known or not, at the beginning or at the end:
-- what moved between, in minor units of the currency and of the reporting currency. Movements are judged over all currencies
-- of the customer. The reporting amounts of movements take this month's rate; what the rate did to the opening is apart.
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

segments as (

    select * from {{ ref('int_lifecycle__customer_segment') }}

),

-- Being a customer is a matter of all currencies together.
customer_months as (

    select
        customer_id,
        month_on,
        bool_or(mrr_minor > 0 or coalesce(is_mrr_unknown, false)) as is_active,
    from currency_months
    group by customer_id, month_on

),

activity as (

    select
        customer_id,
        month_on,
        is_active,
        coalesce(lag(is_active) over (partition by customer_id order by month_on), false) as was_active,
        month_on = min(month_on) over (partition by customer_id) as is_first_month,
    from customer_months

),

moved as (

    select
        currency_months.customer_id,
        currency_months.currency,
        currency_months.month_on,
        coalesce(currency_months.previous_mrr_minor, 0) as opening_minor,
        currency_months.mrr_minor as closing_minor,
        currency_months.mrr_minor - coalesce(currency_months.previous_mrr_minor, 0) as change_minor,
        coalesce(currency_months.is_previous_mrr_unknown, false) as is_opening_unknown,
        coalesce(currency_months.is_mrr_unknown, false) as is_closing_unknown,
        activity.is_active,
        activity.was_active,
        activity.is_first_month,
    from currency_months
    inner join activity
        on currency_months.customer_id = activity.customer_id and currency_months.month_on = activity.month_on
    where
        currency_months.mrr_minor != 0
        or coalesce(currency_months.previous_mrr_minor, 0) != 0
        or currency_months.is_mrr_unknown
        or currency_months.is_previous_mrr_unknown

),

classed as (

    select
        *,
        case
            when is_first_month then 'new'
            when not was_active then 'reactivation'
            when not is_active then 'churn'
            when change_minor = 0 then 'none'
            when change_minor > 0 then 'expansion'
            else 'contraction'
        end as movement_class,
    from moved

),

-- nothing is nothing in every currency, with or without a rate
converted as (

    select
        classed.*,
        currencies.exponent as currency_exponent,
        reporting.exponent as reporting_exponent,
        case when classed.opening_minor = 0 then 0 else {{ convert_minor_units(
            'classed.opening_minor', 'currencies.exponent', 'opening_rates.rate_to_reporting', 'reporting.exponent'
        ) }} end as opening_cents,
        case when classed.opening_minor = 0 then 0 else {{ convert_minor_units(
            'classed.opening_minor', 'currencies.exponent', 'rates.rate_to_reporting', 'reporting.exponent'
        ) }} end as opening_at_new_rate_cents,
        case when classed.closing_minor = 0 then 0 else {{ convert_minor_units(
            'classed.closing_minor', 'currencies.exponent', 'rates.rate_to_reporting', 'reporting.exponent'
        ) }} end as closing_cents,
    from classed
    inner join currencies on classed.currency = currencies.currency
    cross join reporting
    left join rates on classed.currency = rates.currency and classed.month_on = rates.month_on
    left join rates as opening_rates
        on
            classed.currency = opening_rates.currency
            and {{ add_months('classed.month_on', -1) }} = opening_rates.month_on

),

moved_cents as (

    select
        *,
        abs(change_minor) as moved_minor,
        abs(closing_cents - opening_at_new_rate_cents) as moved_cents,
    from converted

),

final as (

    select
        moved_cents.customer_id,
        coalesce(segments.segment_id, 'unassigned') as segment_id,
        '{{ var("mrr_policy") }}' as mrr_policy,
        moved_cents.currency,
        moved_cents.currency_exponent,
        moved_cents.reporting_exponent,
        moved_cents.month_on,
        moved_cents.movement_class,
        cast(moved_cents.opening_minor as bigint) as opening_minor,
        cast(case when moved_cents.movement_class = 'new' then moved_cents.moved_minor else 0 end as bigint)
            as new_minor,
        cast(case when moved_cents.movement_class = 'expansion' then moved_cents.moved_minor else 0 end as bigint)
            as expansion_minor,
        cast(case when moved_cents.movement_class = 'contraction' then moved_cents.moved_minor else 0 end as bigint)
            as contraction_minor,
        cast(case when moved_cents.movement_class = 'churn' then moved_cents.moved_minor else 0 end as bigint)
            as churn_minor,
        cast(case when moved_cents.movement_class = 'reactivation' then moved_cents.moved_minor else 0 end as bigint)
            as reactivation_minor,
        cast(moved_cents.closing_minor as bigint) as closing_minor,
        moved_cents.is_opening_unknown,
        moved_cents.is_closing_unknown,
        moved_cents.opening_cents is not null and moved_cents.opening_at_new_rate_cents is not null
        and moved_cents.closing_cents is not null as has_fx_rate,
        cast(moved_cents.opening_cents as bigint) as opening_cents,
        cast(case when moved_cents.movement_class = 'new' then moved_cents.moved_cents else 0 end as bigint)
            as new_cents,
        cast(case when moved_cents.movement_class = 'expansion' then moved_cents.moved_cents else 0 end as bigint)
            as expansion_cents,
        cast(case when moved_cents.movement_class = 'contraction' then moved_cents.moved_cents else 0 end as bigint)
            as contraction_cents,
        cast(case when moved_cents.movement_class = 'churn' then moved_cents.moved_cents else 0 end as bigint)
            as churn_cents,
        cast(case when moved_cents.movement_class = 'reactivation' then moved_cents.moved_cents else 0 end as bigint)
            as reactivation_cents,
        cast(moved_cents.opening_at_new_rate_cents - moved_cents.opening_cents as bigint) as fx_cents,
        cast(moved_cents.closing_cents as bigint) as closing_cents,
    from moved_cents
    left join segments on moved_cents.customer_id = segments.customer_id

)

select * from final
