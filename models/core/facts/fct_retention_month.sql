-- One row per customer that had MRR, known or not, twelve months before a complete month, and that month: what it had then and
-- what it has now, both at this month's rate, so that a moving rate is neither growth nor loss. Additive over customers; the
-- windows of two months overlap, so nothing is summed over months. MRR in minor units of the reporting currency.
with movements as (

    select * from {{ ref('fct_mrr_movement_month') }}

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

starts as (

    select
        customer_id,
        segment_id,
        currency,
        currency_exponent,
        month_on as starting_month_on,
        {{ add_months('month_on', 12) }} as month_on,
        closing_minor,
        is_closing_unknown,
    from movements
    where
        (closing_minor != 0 or is_closing_unknown)
        and {{ add_months('month_on', 12) }} <= {{ last_complete_month() }}

),

starting_customers as (

    select
        starts.customer_id,
        starts.segment_id,
        starts.starting_month_on,
        starts.month_on,
        sum(
            case when starts.closing_minor = 0 then 0 else {{ convert_minor_units(
                'starts.closing_minor', 'starts.currency_exponent', 'rates.rate_to_reporting', 'reporting.exponent'
            ) }} end
        ) as starting_cents,
        bool_and(starts.closing_minor = 0 or rates.rate_to_reporting is not null) as has_fx_rate,
        bool_or(starts.is_closing_unknown) as is_unknown,
    from starts
    cross join reporting
    left join rates on starts.currency = rates.currency and starts.month_on = rates.month_on
    group by starts.customer_id, starts.segment_id, starts.starting_month_on, starts.month_on

),

-- a currency that the customer has taken up since then counts as growth
ending_customers as (

    select
        customer_id,
        month_on,
        sum(closing_cents) as ending_cents,
        bool_and(closing_cents is not null) as has_fx_rate,
        bool_or(is_closing_unknown) as is_unknown,
        bool_or(closing_minor != 0 or is_closing_unknown) as is_retained,
    from movements
    group by customer_id, month_on

),

-- a customer without a row has left
joined as (

    select
        starting_customers.customer_id,
        starting_customers.segment_id,
        starting_customers.starting_month_on,
        starting_customers.month_on,
        starting_customers.starting_cents,
        coalesce(ending_customers.ending_cents, 0) as ending_cents,
        coalesce(ending_customers.is_retained, false) as is_retained,
        starting_customers.has_fx_rate and coalesce(ending_customers.has_fx_rate, true) as has_fx_rate,
        starting_customers.is_unknown or coalesce(ending_customers.is_unknown, false) as is_amount_unknown,
    from starting_customers
    left join ending_customers
        on
            starting_customers.customer_id = ending_customers.customer_id
            and starting_customers.month_on = ending_customers.month_on

),

-- a rate of retention needs both ends of the same customer
final as (

    select
        joined.customer_id,
        joined.segment_id,
        joined.month_on,
        joined.starting_month_on,
        joined.is_retained,
        joined.has_fx_rate,
        joined.is_amount_unknown,
        {% set is_known = 'joined.has_fx_rate and not joined.is_amount_unknown' -%}
        cast(case when {{ is_known }} then joined.starting_cents end as bigint) as starting_cents,
        cast(case when {{ is_known }} then joined.ending_cents end as bigint) as ending_cents,
        cast(case when {{ is_known }} then least(joined.starting_cents, joined.ending_cents) end as bigint) as kept_cents,
        reporting.exponent as reporting_exponent,
    from joined
    cross join reporting

)

select * from final
