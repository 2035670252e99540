-- One row per check on what this build could and could not know. `fail` never reaches a published file; `warn` wants a
-- person's eye; `info` says what is missing and therefore unknown.
with landing_checks as (

    select * from {{ ref('int_landing__data_check') }}

),

crosswalk as (

    select * from {{ ref('int_identity__crosswalk') }}

),

stripe_customers as (

    select * from {{ ref('stg_stripe__customer') }}

),

customer_months as (

    select * from {{ ref('fct_customer_month') }}

),

support as (

    select * from {{ ref('int_cost__support_customer_month') }}

),

customers as (

    select * from {{ ref('int_lifecycle__customer') }}

),

opportunities as (

    select * from {{ ref('fct_opportunity') }}

),

roi as (

    select * from {{ ref('fct_opportunity_roi') }}

),

currencies as (

    select * from {{ ref('int_revenue__currency') }}

),

rates as (

    select * from {{ ref('int_revenue__fx_rate_as_of') }}

),

ambiguous_identities as (

    select
        'identities_ambiguous' as check_name,
        'identity' as check_group,
        case when count(*) = 0 then 'pass' else 'warn' end as status,
        count(*) as n_rows,
        'Billing customers or support organisations that point at several accounts; left unmatched' as detail,
    from crosswalk
    where is_ambiguous

),

unmatched_customers as (

    select
        'billing_customers_unmatched' as check_name,
        'identity' as check_group,
        case
            when count(*) filter (where crosswalk.account_id is null) * 10 > count(*) then 'warn'
            else 'pass'
        end as status,
        count(*) filter (where crosswalk.account_id is null) as n_rows,
        'Billing customers without a CRM account, of ' || count(*) || '; kept under their billing id' as detail,
    from stripe_customers
    left join crosswalk
        on stripe_customers.stripe_customer_id = crosswalk.source_id and crosswalk.source_system = 'stripe'

),

unmatched_revenue as (

    select
        'revenue_unmatched' as check_name,
        'identity' as check_group,
        case
            when
                coalesce(sum(revenue_cents) filter (where customer_id like 'stripe:%'), 0) * 10
                > coalesce(sum(revenue_cents), 0) then 'warn'
            else 'pass'
        end as status,
        count(distinct customer_id) filter (where customer_id like 'stripe:%') as n_rows,
        'Unmatched recognised revenue, in per mille of all: '
        || coalesce(
            cast(
                1000 * coalesce(sum(revenue_cents) filter (where customer_id like 'stripe:%'), 0)
                // nullif(sum(revenue_cents), 0) as varchar
            ), 'no revenue'
        ) as detail,
    from customer_months

),

unplaced_support as (

    select
        'support_cost_unplaced' as check_name,
        'economics' as check_group,
        case
            when count(*) = 0 then 'info'
            when coalesce(sum(support_tickets) filter (where customer_id is null), 0) * 10 > sum(support_tickets) then 'warn'
            else 'pass'
        end as status,
        cast(coalesce(sum(support_tickets) filter (where customer_id is null), 0) as bigint) as n_rows,
        case
            when count(*) = 0 then 'No support data: support cost is unknown, not zero'
            else
                'Tickets and months whose organisation has no CRM account, of '
                || cast(cast(sum(support_tickets) as bigint) as varchar) || '; their cost is in no customer'
        end as detail,
    from support

),

currencies_without_rate as (

    select
        'currencies_without_rate' as check_name,
        'economics' as check_group,
        case when count(*) = 0 then 'pass' else 'warn' end as status,
        count(*) as n_rows,
        coalesce(
            'No rate to {{ var("reporting_currency") }} by {{ var("as_of_date") }} for '
            || string_agg(currencies.currency, ', ' order by currencies.currency) || '; their amounts are unknown',
            'Every billing currency has a rate'
        ) as detail,
    from currencies
    left join rates on currencies.currency = rates.currency
    where rates.currency is null

),

customers_without_deal as (

    select
        'customers_without_deal' as check_name,
        'identity' as check_group,
        case
            when count(*) = 0 then 'info'
            when count(*) filter (where opportunity_id is null) * 10 > count(*) then 'warn'
            else 'pass'
        end as status,
        count(*) filter (where opportunity_id is null) as n_rows,
        'Paying customers without a won deal, of ' || count(*) || '; they form the segment unassigned' as detail,
    from customers

),

deals_without_history as (

    select
        'open_deals_without_history' as check_name,
        'opportunities' as check_group,
        case when count(*) filter (where not has_history) * 10 > count(*) then 'warn' else 'pass' end as status,
        count(*) filter (where not has_history) as n_rows,
        'Open deals without recorded stage history, of ' || count(*) as detail,
    from opportunities
    where is_open

),

economics_unknown as (

    select
        'open_deals_economics_unknown' as check_name,
        'economics' as check_group,
        case
            when count(*) filter (where economics_status = 'unknown') * 4 > count(*) then 'warn'
            else 'pass'
        end as status,
        count(*) filter (where economics_status = 'unknown') as n_rows,
        'Open deals whose ROI is unknown (no amount, rate, segment or margin), of ' || count(*) as detail,
    from roi

),

final as (

    select
        check_name,
        check_group,
        status,
        n_rows,
        detail,
    from landing_checks
    union all
    select * from ambiguous_identities
    union all
    select * from unmatched_customers
    union all
    select * from unmatched_revenue
    union all
    select * from unplaced_support
    union all
    select * from currencies_without_rate
    union all
    select * from customers_without_deal
    union all
    select * from deals_without_history
    union all
    select * from economics_unknown

)

select * from final
