-- One row per customer that ever paid: when it started, which won deal brought it in, and its contract term.
with currency_months as (

    select * from {{ ref('int_revenue__customer_currency_month') }}

),

subscriptions as (

    select * from {{ ref('int_revenue__subscription') }}

),

opportunities as (

    select * from {{ ref('int_opportunity__state') }}
    where is_won

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
    where mrr_minor > 0
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
        account_id,
        started_at,
        opportunity_ref,
        term_months_ref,
    from ranked_subscriptions
    where subscription_rank = 1

),

-- The deal that the subscription names; else the account's won deal that closed nearest before or shortly after the start.
possible_deals as (

    select
        first_subscriptions.customer_id,
        opportunities.opportunity_id,
        coalesce(first_subscriptions.opportunity_ref = opportunities.opportunity_id, false) as is_named,
        {{ days_between('opportunities.closed_at', 'first_subscriptions.started_at') }} as days_to_start,
    from first_subscriptions
    inner join opportunities
        on
            first_subscriptions.opportunity_ref = opportunities.opportunity_id
            or (
                first_subscriptions.account_id = opportunities.account_id
                and {{ days_between('opportunities.closed_at', 'first_subscriptions.started_at') }} between -30 and 120
            )

),

deal_candidates as (

    select
        customer_id,
        opportunity_id,
        case when is_named then 'subscription_metadata' else 'account_and_date' end as deal_match_method,
        row_number() over (
            partition by customer_id order by is_named desc, abs(days_to_start) asc, opportunity_id asc
        ) as candidate_rank,
        -- a deal brings in one customer
        row_number() over (
            partition by opportunity_id order by is_named desc, abs(days_to_start) asc, customer_id asc
        ) as claim_rank,
    from possible_deals

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
        deal_candidates.opportunity_id,
        coalesce(deal_candidates.deal_match_method, 'none') as deal_match_method,
        terms.term_months,
        {{ term_type_of('terms.term_months') }} as term_type,
        {{ bucket_of('starts.customer_id') }} as bucket,
    from starts
    inner join first_subscriptions on starts.customer_id = first_subscriptions.customer_id
    inner join terms on starts.customer_id = terms.customer_id
    left join deal_candidates
        on
            starts.customer_id = deal_candidates.customer_id
            and deal_candidates.candidate_rank = 1
            and deal_candidates.claim_rank = 1

)

select * from final
