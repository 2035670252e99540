-- One row per source record, rule and account that the rule points at. Rules are numbered best first.
with overrides as (

    select * from {{ ref('stg_finance__account_override') }}

),

accounts as (

    select * from {{ ref('int_identity__account') }}

),

freemail_domains as (

    select * from {{ ref('freemail_domain') }}

),

stripe_customers as (

    select * from {{ ref('stg_stripe__customer') }}

),

subscriptions as (

    select * from {{ ref('stg_stripe__subscription_history') }}

),

opportunities as (

    select * from {{ ref('stg_salesforce__opportunity') }}

),

contacts as (

    select * from {{ ref('stg_salesforce__contact') }}
    where not is_deleted

),

organizations as (

    select * from {{ ref('stg_zendesk__organization') }}

),

organization_domains as (

    select * from {{ ref('stg_zendesk__domain_name') }}

),

by_override as (

    select
        source_system,
        source_id,
        0 as rule_order,
        'override' as match_method,
        account_id,
    from overrides
    where
        coalesce(valid_from_on, {{ as_of_date() }}) <= {{ as_of_date() }}
        and coalesce(valid_to_on, {{ as_of_date() }}) >= {{ as_of_date() }}

),

by_customer_metadata as (

    select
        'stripe' as source_system,
        stripe_customer_id as source_id,
        1 as rule_order,
        'customer_metadata' as match_method,
        account_ref as account_id,
    from stripe_customers
    where account_ref is not null

),

by_subscription_metadata as (

    select distinct
        'stripe' as source_system,
        subscriptions.stripe_customer_id as source_id,
        2 as rule_order,
        'subscription_metadata' as match_method,
        coalesce(subscriptions.account_ref, opportunities.account_id) as account_id,
    from subscriptions
    left join opportunities on subscriptions.opportunity_ref = opportunities.opportunity_id
    where coalesce(subscriptions.account_ref, opportunities.account_id) is not null

),

by_external_id as (

    select
        'zendesk' as source_system,
        cast(organization_id as varchar) as source_id,
        4 as rule_order,
        'organization_external_id' as match_method,
        external_id as account_id,
    from organizations
    where external_id is not null

),

by_email as (

    select distinct
        'stripe' as source_system,
        stripe_customers.stripe_customer_id as source_id,
        5 as rule_order,
        'email' as match_method,
        contacts.account_id,
    from stripe_customers
    inner join contacts on stripe_customers.email_hash = contacts.email_hash
    where contacts.account_id is not null

),

account_domains as (

    select
        canonical_account_id as account_id,
        website_domain,
    from accounts
    where
        not is_deleted
        and website_domain is not null
        and website_domain not in (select freemail_domains.domain_name from freemail_domains)

),

by_stripe_domain as (

    select
        'stripe' as source_system,
        stripe_customers.stripe_customer_id as source_id,
        6 as rule_order,
        'domain' as match_method,
        account_domains.account_id,
    from stripe_customers
    inner join account_domains on stripe_customers.email_domain = account_domains.website_domain

),

by_organization_domain as (

    select
        'zendesk' as source_system,
        cast(organization_domains.organization_id as varchar) as source_id,
        6 as rule_order,
        'domain' as match_method,
        account_domains.account_id,
    from organization_domains
    inner join account_domains on organization_domains.domain_name = account_domains.website_domain

),

unioned as (

    select * from by_override
    union all
    select * from by_customer_metadata
    union all
    select * from by_subscription_metadata
    union all
    select * from by_external_id
    union all
    select * from by_email
    union all
    select * from by_stripe_domain
    union all
    select * from by_organization_domain

),

-- A key that points at no known account is no candidate; one that points at a merged account means its winner.
final as (

    select distinct
        unioned.source_system,
        unioned.source_id,
        unioned.rule_order,
        unioned.match_method,
        accounts.canonical_account_id as account_id,
    from unioned
    inner join accounts on unioned.account_id = accounts.account_id

)

select * from final
