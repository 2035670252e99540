-- One row per source record, rule and id by which one system names a record of another: decisions of people, metadata,
-- custom fields, external ids. Also those that lead nowhere, so that they can be reported.
with overrides as (

    select * from {{ ref('int_identity__override') }}

),

accounts as (

    select * from {{ ref('int_identity__account') }}

),

source_records as (

    select * from {{ ref('int_identity__source_record') }}

),

stripe_customers as (

    select * from {{ ref('stg_stripe__customer') }}

),

subscriptions as (

    select
        *,
        row_number() over (partition by subscription_id order by valid_from_at desc) as version_rank,
    from {{ ref('stg_stripe__subscription_history') }}
    where {{ was_known('valid_from_at') }}

),

opportunities as (

    select * from {{ ref('stg_salesforce__opportunity') }}
    where created_at is null or {{ was_known('created_at') }}

),

crm_accounts as (

    select * from {{ ref('stg_salesforce__account') }}

),

contacts as (

    select * from {{ ref('stg_salesforce__contact') }}

),

organizations as (

    select * from {{ ref('stg_zendesk__organization') }}

),

support_users as (

    select * from {{ ref('stg_zendesk__user') }}

),

-- The newest known version of a subscription corrects the ones before.
subscription_keys as (

    select
        stripe_customer_id,
        account_ref,
        opportunity_ref,
    from subscriptions
    where version_rank = 1

),

-- named_id is the account that an id leads to: the id itself, or the account of the deal or person it names
stated as (

    select
        source_system,
        source_id,
        'override' as match_method,
        stated_id,
        stated_id as named_id,
    from overrides

    union all

    select
        'stripe' as source_system,
        stripe_customer_id as source_id,
        'customer_metadata' as match_method,
        account_ref as stated_id,
        account_ref as named_id,
    from stripe_customers

    union all

    select
        'stripe' as source_system,
        stripe_customer_id as source_id,
        'subscription_metadata' as match_method,
        account_ref as stated_id,
        account_ref as named_id,
    from subscription_keys

    union all

    select
        'stripe' as source_system,
        subscription_keys.stripe_customer_id as source_id,
        'subscription_metadata' as match_method,
        subscription_keys.opportunity_ref as stated_id,
        opportunities.account_id as named_id,
    from subscription_keys
    left join opportunities on subscription_keys.opportunity_ref = opportunities.opportunity_id

    union all

    select
        'stripe' as source_system,
        stripe_customer_ref as source_id,
        'crm_customer_ref' as match_method,
        account_id as stated_id,
        account_id as named_id,
    from crm_accounts

    union all

    select
        'stripe' as source_system,
        coalesce(named_subscriptions.stripe_customer_id, opportunities.stripe_subscription_ref) as source_id,
        'crm_subscription_ref' as match_method,
        opportunities.opportunity_id as stated_id,
        opportunities.account_id as named_id,
    from opportunities
    left join subscriptions as named_subscriptions
        on
            opportunities.stripe_subscription_ref = named_subscriptions.subscription_id
            and named_subscriptions.version_rank = 1
    where opportunities.stripe_subscription_ref is not null and not opportunities.is_deleted

    union all

    select
        'zendesk' as source_system,
        cast(organization_id as varchar) as source_id,
        'organization_external_id' as match_method,
        external_id as stated_id,
        external_id as named_id,
    from organizations

    union all

    select
        'zendesk_user' as source_system,
        cast(support_users.zendesk_user_id as varchar) as source_id,
        'user_external_id' as match_method,
        support_users.external_id as stated_id,
        coalesce(contacts.account_id, support_users.external_id) as named_id,
    from support_users
    left join contacts on {{ get_crm_id_key('support_users.external_id') }} = {{ get_crm_id_key('contacts.contact_id') }}
    -- a person whose contact belongs to no account says nothing
    where contacts.contact_id is null or contacts.account_id is not null

    union all

    -- an account that the product counts under a billing id is matched as that billing customer
    select
        product_records.source_system,
        product_records.source_id,
        'product_account_id' as match_method,
        product_records.source_id as stated_id,
        product_records.source_id as named_id,
    from source_records as product_records
    left join stripe_customers on product_records.source_id = stripe_customers.stripe_customer_id
    where product_records.source_system = 'product' and stripe_customers.stripe_customer_id is null

),

-- records of any day: one that was created after the as-of day is not known yet and not missing either
delivered_records as (

    select
        'stripe' as source_system,
        stripe_customer_id as source_id,
    from stripe_customers

    union

    select
        'zendesk' as source_system,
        cast(organization_id as varchar) as source_id,
    from organizations

    union

    select
        'zendesk_user' as source_system,
        cast(zendesk_user_id as varchar) as source_id,
    from support_users

    union

    select
        source_system,
        source_id,
    from source_records
    where source_system = 'product'

),

delivered_systems as (

    select distinct source_system
    from delivered_records

),

final as (

    select distinct
        stated.source_system,
        stated.source_id,
        stated.match_method,
        stated.stated_id,
        accounts.canonical_account_id as account_id,
        source_records.source_id is not null as is_known_record,
        delivered_records.source_id is null
        and (
            delivered_systems.source_system is not null
            or stated.source_system not in ('stripe', 'zendesk', 'zendesk_user', 'product')
        ) as is_absent_record,
    from stated
    left join accounts on {{ get_crm_id_key('stated.named_id') }} = {{ get_crm_id_key('accounts.account_id') }}
    left join source_records
        on stated.source_system = source_records.source_system and stated.source_id = source_records.source_id
    left join delivered_records
        on stated.source_system = delivered_records.source_system and stated.source_id = delivered_records.source_id
    left join delivered_systems on stated.source_system = delivered_systems.source_system
    where
        stated.source_id is not null
        and stated.stated_id is not null
        -- external ids of support may come from any system: only what looks like a CRM id can lead nowhere
        and (
            accounts.account_id is not null
            or stated.match_method not in ('organization_external_id', 'user_external_id')
            or regexp_full_match(stated.stated_id, '00[0-9A-Za-z]{16}')
        )

)

select * from final
