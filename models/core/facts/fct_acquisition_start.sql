-- One row per customer and campaign that it is credited to by the chosen attribution policy (`none` where no campaign touched it):
-- the part of the customer, of its first ARR and of what twelve months brought, and what was promised against what came. Parts
-- of a customer sum to the customer, to the cent.
{%- set money = [
    'starting_arr', 'asked_arr', 'ending_arr_12m', 'retained_arr_12m', 'revenue_12m', 'gross_margin_12m', 'support_12m',
    'expected_value', 'expected_value_p05', 'expected_value_p95',
] %}
with customers as (

    select * from {{ ref('int_lifecycle__customer') }}

),

segments as (

    select * from {{ ref('int_lifecycle__customer_segment') }}

),

scopes as (

    select * from {{ ref('int_cost__start_scope') }}

),

deals as (

    select * from {{ ref('int_opportunity__state') }}

),

signals as (

    select * from {{ ref('int_opportunity__signal') }}

),

events as (

    select * from {{ ref('int_opportunity__event') }}
    where is_complete and amount > 0

),

amount_ratios as (

    select * from {{ ref('int_opportunity__amount_ratio') }}

),

rates as (

    select * from {{ ref('int_revenue__fx_rate_month') }}

),

reporting as (

    select exponent from {{ ref('int_revenue__currency') }}
    where is_reporting_currency

),

first_months as (

    select
        customer_id,
        mrr_cents * 12 as starting_arr_cents,
    from {{ ref('fct_customer_month') }}
    where age_month = 0

),

outcomes as (

    select * from {{ ref('int_lifecycle__outcome_12m') }}

),

value_statuses as (

    select * from {{ ref('int_lifecycle__value_status') }}

),

lifetime_values as (

    select * from {{ ref('fct_segment_lifetime_value') }}

),

cost_months as (

    select * from {{ ref('int_cost__acquisition_month') }}

),

channels as (

    select
        customer_id,
        scope_key as channel,
    from scopes
    where scope_kind = 'channel'

),

first_amounts as (

    select
        opportunity_id,
        arg_min(amount, change_order) as amount,
        arg_min(currency, change_order) as currency,
    from events
    group by opportunity_id

),

asked as (

    select
        customers.customer_id,
        {{ convert_to_minor_units(
            'first_amounts.amount * amount_ratios.arr_per_amount', 'rates.rate_to_reporting', 'reporting.exponent'
        ) }} as asked_arr_cents,
    from customers
    inner join first_amounts on customers.opportunity_id = first_amounts.opportunity_id
    inner join deals on customers.opportunity_id = deals.opportunity_id
    inner join signals on customers.opportunity_id = signals.opportunity_id
    inner join amount_ratios on {{ term_type_of('signals.contract_term_months') }} = amount_ratios.term_type
    inner join rates
        on
            coalesce(first_amounts.currency, deals.currency, '{{ var("reporting_currency") }}') = rates.currency
            and customers.start_month_on = rates.month_on
    cross join reporting

),

-- what was promised is kept when enough seats were active by that day; nobody knows where nobody watched that long
promises as (

    select
        customers.customer_id,
        case
            when {{ days_between('value_statuses.started_on', 'value_statuses.reached_on') }}
                <= signals.promised_onboarding_days then true
            when
                value_statuses.value_status in ('reached', 'left')
                or (
                    value_statuses.value_status = 'waiting'
                    and value_statuses.end_week * 7 >= signals.promised_onboarding_days
                )
                then false
        end as is_promise_kept,
    from customers
    inner join signals on customers.opportunity_id = signals.opportunity_id
    inner join value_statuses on customers.customer_id = value_statuses.customer_id
    where signals.promised_onboarding_days > 0

),

whole as (

    select
        customers.customer_id,
        segments.segment_id,
        {{ name_channel('channels.channel') }} as channel,
        customers.start_month_on,
        cost_months.acquisition_cost_cents is not null as is_cost_known,
        case
            when deals.created_basis = 'stated' and cast(deals.created_at as date) <= customers.started_on
            then {{ days_between('deals.created_at', 'customers.started_on') }}
        end as lead_days,
        promises.is_promise_kept,
        outcomes.customer_id is not null as is_mature_12m,
        outcomes.has_churned as has_churned_12m,
        outcomes.has_expanded as has_expanded_12m,
        outcomes.has_reached_value_180d,
        case when outcomes.starting_arr_cents > 0 then outcomes.ending_arr_cents >= outcomes.starting_arr_cents end
            as has_options_open_12m,
        first_months.starting_arr_cents,
        case when first_months.starting_arr_cents > 0 then asked.asked_arr_cents end as asked_arr_cents,
        outcomes.ending_arr_cents as ending_arr_12m_cents,
        case when outcomes.ending_arr_cents is not null
            then least(outcomes.ending_arr_cents, outcomes.starting_arr_cents)
        end as retained_arr_12m_cents,
        outcomes.revenue_cents as revenue_12m_cents,
        outcomes.gross_margin_cents as gross_margin_12m_cents,
        outcomes.support_cost_cents as support_12m_cents,
        lifetime_values.ltv_survival_mean_cents as expected_value_cents,
        lifetime_values.ltv_survival_p05_cents as expected_value_p05_cents,
        lifetime_values.ltv_survival_p95_cents as expected_value_p95_cents,
    from customers
    inner join cost_months on customers.start_month_on = cost_months.month_on
    inner join segments on customers.customer_id = segments.customer_id
    left join channels on customers.customer_id = channels.customer_id
    left join deals on customers.opportunity_id = deals.opportunity_id
    left join promises on customers.customer_id = promises.customer_id
    left join asked on customers.customer_id = asked.customer_id
    left join outcomes on customers.customer_id = outcomes.customer_id
    left join first_months on customers.customer_id = first_months.customer_id
    left join lifetime_values on segments.segment_id = lifetime_values.segment_id

),

credits as (

    select
        customer_id,
        scope_key as campaign_id,
        share_e4 as credit_e4,
        sum(share_e4) over (partition by customer_id order by scope_key rows between unbounded preceding and current row)
            as credit_until_e4,
    from scopes
    where scope_kind = 'campaign'

),

credited as (

    select
        whole.*,
        coalesce(credits.campaign_id, 'none') as campaign_id,
        coalesce(credits.credit_e4, 10000) as credit_e4,
        coalesce(credits.credit_until_e4, 10000) as credit_until_e4,
    from whole
    left join credits on whole.customer_id = credits.customer_id

),

final as (

    select
        customer_id,
        campaign_id,
        segment_id,
        channel,
        start_month_on,
        cast(credit_until_e4 - credit_e4 as integer) as credit_before_e4,
        cast(credit_e4 as integer) as credit_e4,
        is_cost_known,
        lead_days,
        is_promise_kept,
        is_mature_12m,
        has_churned_12m,
        has_expanded_12m,
        has_reached_value_180d,
        has_options_open_12m,
        {%- for column in money %}
            {{ allocate_cumulative(column ~ '_cents', 'credit_until_e4 - credit_e4', 'credit_until_e4', '10000') }}
                as {{ column }}_cents,
        {%- endfor %}
    from credited

)

select * from final
