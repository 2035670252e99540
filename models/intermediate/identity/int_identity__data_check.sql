-- One row per check on how well records of billing, support and usage were matched to accounts. `warn` wants a person's
-- eye; `info` says what is missing and therefore unknown.
with crosswalk as (

    select * from {{ ref('int_identity__crosswalk') }}

),

accounts as (

    select * from {{ ref('int_identity__account') }}

),

ambiguities as (

    select * from {{ ref('int_identity__ambiguity') }}

),

organization_domains as (

    select * from {{ ref('int_identity__organization_domain') }}

),

key_references as (

    select * from {{ ref('int_identity__key_reference') }}

),

suggestions as (

    select * from {{ ref('int_identity__suggestion') }}

),

record_months as (

    select * from {{ ref('fct_identity_record_month') }}

),

unmatched as (

    select * from {{ ref('fct_identity_unmatched') }}

),

customers as (

    select * from {{ ref('int_lifecycle__customer') }}

),

thresholds as (

    select
        max(value) filter (where threshold_key = 'unmatched_revenue_warn_share') as revenue_share,
        max(value) filter (where threshold_key = 'unmatched_record_warn_share') as record_share,
        max(value) filter (where threshold_key = 'customers_without_deal_warn_share') as deal_share,
    from {{ ref('identity_threshold') }}

),

crm as (

    select count(*) > 0 as has_accounts from accounts

),

ambiguous as (

    select
        'identities_ambiguous' as check_name,
        case when count(*) = 0 then 'pass' else 'warn' end as status,
        count(*) as n_rows,
        case
            when count(*) = 0 then 'No record points at several accounts'
            else
                'Records that point at several accounts, left unmatched: '
                || count(*) filter (where source_system = 'stripe') || ' billing customers, '
                || count(*) filter (where source_system = 'zendesk') || ' support organisations, '
                || count(*) filter (where source_system = 'zendesk_user') || ' people who write to support, '
                || count(*) filter (where source_system = 'product') || ' usage accounts'
        end as detail,
    from crosswalk
    where is_ambiguous

),

unmatched_customers as (

    select
        'billing_customers_unmatched' as check_name,
        case
            when count(*) > 0 and not any_value(crm.has_accounts) then 'info'
            when count(*) filter (where crosswalk.account_id is null) > any_value(thresholds.record_share) * count(*) then 'warn'
            else 'pass'
        end as status,
        count(*) filter (where crosswalk.account_id is null) as n_rows,
        'Billing customers without a CRM account, of ' || count(*) || '; kept under their billing id' as detail,
    from crosswalk
    cross join thresholds
    cross join crm
    where crosswalk.source_system = 'stripe'

),

revenue as (

    select
        sum(revenue_cents) as total_cents,
        coalesce(sum(revenue_cents) filter (where account_id is null), 0) as unmatched_cents,
        count(distinct source_id) filter (where account_id is null) as n_records,
    from record_months
    where coverage_system = 'stripe' and month_on > {{ add_months(last_complete_month(), -12) }}

),

largest as (

    select string_agg(stripe_customer_id, ', ' order by revenue_rank) as stripe_customer_ids
    from unmatched
    where revenue_12m_cents > 0 and revenue_rank <= 5

),

unmatched_revenue as (

    select
        'revenue_unmatched' as check_name,
        case
            when revenue.total_cents is null or not crm.has_accounts then 'info'
            when revenue.unmatched_cents > thresholds.revenue_share * revenue.total_cents then 'warn'
            else 'pass'
        end as status,
        revenue.n_records as n_rows,
        case
            when revenue.total_cents is null or revenue.total_cents <= 0
                then 'No recognised revenue in the last 12 complete months'
            else
                'Recognised revenue of the last 12 complete months without a CRM account: '
                || cast(
                    cast(
                        {{ round_ratio('revenue.unmatched_cents * 10000', 'revenue.total_cents') }} * 0.01 as decimal(7, 2)
                    ) as varchar
                ) || ' per cent'
                || coalesce('; largest: ' || largest.stripe_customer_ids, '')
        end as detail,
    from revenue
    cross join largest
    cross join thresholds
    cross join crm

),

contradictions as (

    select
        'identity_contradictions' as check_name,
        case when count(*) = 0 then 'pass' else 'info' end as status,
        count(*) as n_rows,
        case
            when count(*) = 0 then 'No rule contradicts a better one'
            else 'Records whose best key names one account and a weaker rule another; the better key decides'
        end as detail,
    from crosswalk
    where has_contradiction

),

dangling as (

    select
        'dangling_references' as check_name,
        case
            when count(*) = 0 then 'pass'
            when not any_value(crm.has_accounts) then 'info'
            else 'warn'
        end as status,
        count(*) as n_rows,
        case
            when count(*) = 0 then 'Every key leads to a record'
            when not any_value(crm.has_accounts) then 'No CRM accounts were delivered, so keys lead nowhere'
            else
                'Keys that name a record which is not there (not delivered, or set aside), such as '
                || min(source_system || ' ' || source_id || ' -> ' || candidate_ref)
        end as detail,
    from ambiguities
    cross join crm
    where ambiguities.reason = 'dangling_reference'

),

idle_overrides as (

    select
        'overrides_without_effect' as check_name,
        case when count(*) = 0 then 'pass' else 'warn' end as status,
        count(*) as n_rows,
        case
            when count(*) = 0 then 'Every decision of a person in force names a record and an account'
            else
                'Rows of crosswalk.account_override that name no record or no account: '
                || array_to_string(
                    list(source_system || ' ' || source_id || ' -> ' || stated_id order by source_system, source_id)[:5], ', '
                )
        end as detail,
    from key_references
    where match_method = 'override' and (account_id is null or is_absent_record)

),

merge_cycles as (

    select
        'merge_cycles' as check_name,
        case when count(*) = 0 then 'pass' else 'warn' end as status,
        count(*) as n_rows,
        coalesce(
            'Accounts whose merges run in a circle, standing for each other: '
            || string_agg(account_id, ', ' order by account_id),
            'No merge runs in a circle'
        ) as detail,
    from accounts
    where is_merge_cycle

),

shared as (

    select registrable_domain from organization_domains
    group by registrable_domain
    having count(*) > 1

),

shared_domains as (

    select
        'organizations_share_domain' as check_name,
        case when count(*) = 0 then 'pass' else 'info' end as status,
        count(*) as n_rows,
        coalesce(
            'Domains that several support organisations list; they match none of them: '
            || string_agg(registrable_domain, ', ' order by registrable_domain) filter (where domain_rank <= 5),
            'No domain is listed by two support organisations'
        ) as detail,
    from (
        select
            registrable_domain,
            row_number() over (order by registrable_domain) as domain_rank,
        from shared
    ) as ranked

),

suggested as (

    select
        'identity_suggestions' as check_name,
        case when count(*) = 0 then 'pass' else 'info' end as status,
        count(distinct source_system || ':' || source_id) as n_rows,
        case
            when count(*) = 0 then 'No unmatched record resembles an account by name'
            else 'Unmatched records whose name resembles an account; a person can confirm them in crosswalk.account_override'
        end as detail,
    from suggestions

),

without_deal as (

    select
        'customers_without_deal' as check_name,
        case
            when count(*) = 0 or not any_value(crm.has_accounts) then 'info'
            when count(*) filter (where opportunity_id is null) > any_value(thresholds.deal_share) * count(*) then 'warn'
            else 'pass'
        end as status,
        count(*) filter (where opportunity_id is null) as n_rows,
        'Paying customers without a won deal, of ' || count(*) || '; they form the segment unassigned' as detail,
    from customers
    cross join thresholds
    cross join crm

),

unioned as (

    select * from ambiguous
    union all
    select * from unmatched_customers
    union all
    select * from unmatched_revenue
    union all
    select * from contradictions
    union all
    select * from dangling
    union all
    select * from idle_overrides
    union all
    select * from merge_cycles
    union all
    select * from shared_domains
    union all
    select * from suggested
    union all
    select * from without_deal

),

final as (

    select
        check_name,
        'identity' as check_group,
        status,
        cast(n_rows as bigint) as n_rows,
        detail,
    from unioned

)

select * from final
