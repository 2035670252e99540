-- One row per customer that ever had MRR, known or not: when it started, which won deal brought it in, and its contract term.
with currency_months as (

    select * from {{ ref('int_revenue__customer_currency_month') }}

),

subscriptions as (

    select * from {{ ref('int_revenue__subscription') }}

),

deal_links as (

    select * from {{ ref('int_opportunity__subscription_link') }}
    where link_role = 'start'

),

contracts as (

    select
        contracts.*,
        accounts.canonical_account_id,
    from {{ ref('stg_salesforce__contract') }} as contracts
    inner join {{ ref('int_identity__account') }} as accounts on contracts.account_id = accounts.account_id
    where not contracts.is_deleted and contracts.start_on <= {{ as_of_date() }}

),

line_periods as (

    select
        customer_id,
        max({{ months_between('service_from_on', 'service_until_on') }}) as longest_service_months,
    from {{ ref('int_revenue__invoice_line') }}
    group by customer_id

),

starts as (

    select
        customer_id,
        min(month_on) as start_month_on,
    from currency_months
    where mrr_minor > 0 or is_mrr_unknown
    group by customer_id

),

ranked_subscriptions as (

    select
        *,
        row_number() over (partition by customer_id order by started_at, subscription_id) as subscription_rank,
    from subscriptions

),

first_subscriptions as (

    select
        customer_id,
        subscription_id,
        account_id,
        started_at,
        term_months_ref,
    from ranked_subscriptions
    where subscription_rank = 1

),

-- A subscription has at most one deal that started it; a deal brings in one customer.
ranked_deals as (

    select
        first_subscriptions.customer_id,
        deal_links.opportunity_id,
        deal_links.link_method,
        row_number() over (
            partition by deal_links.opportunity_id
            order by
                deal_links.rule_order, abs(deal_links.days_to_start), first_subscriptions.customer_id
        ) as claim_rank,
    from first_subscriptions
    inner join deal_links on first_subscriptions.subscription_id = deal_links.subscription_id

),

deals as (

    select * from ranked_deals
    where claim_rank = 1

),

term_candidates as (

    select
        first_subscriptions.customer_id,
        coalesce(
            contracts.term_months,
            {{ months_between('contracts.start_on', 'contracts.end_on') }}
        ) as contract_months,
        row_number() over (
            partition by first_subscriptions.customer_id
            order by abs({{ days_between('contracts.start_on', 'first_subscriptions.started_at') }}), contracts.contract_id
        ) as candidate_rank,
    from first_subscriptions
    inner join contracts
        on
            first_subscriptions.account_id = contracts.canonical_account_id
            and abs({{ days_between('contracts.start_on', 'first_subscriptions.started_at') }}) <= 90

),

terms as (

    select
        starts.customer_id,
        coalesce(
            term_candidates.contract_months,
            first_subscriptions.term_months_ref,
            case when line_periods.longest_service_months >= 11 then line_periods.longest_service_months end
        ) as term_months,
    from starts
    inner join first_subscriptions on starts.customer_id = first_subscriptions.customer_id
    left join term_candidates
        on starts.customer_id = term_candidates.customer_id and term_candidates.candidate_rank = 1
    left join line_periods on starts.customer_id = line_periods.customer_id

),

final as (

    select
        starts.customer_id,
        first_subscriptions.account_id,
        starts.start_month_on,
        cast(first_subscriptions.started_at as date) as started_on,
        deals.opportunity_id,
        coalesce(deals.link_method, 'none') as deal_match_method,
        terms.term_months,
        {{ term_type_of('terms.term_months') }} as term_type,
        {{ bucket_of('starts.customer_id') }} as bucket,
    from starts
    inner join first_subscriptions on starts.customer_id = first_subscriptions.customer_id
    inner join terms on starts.customer_id = terms.customer_id
    left join deals on starts.customer_id = deals.customer_id

)

select * from final
