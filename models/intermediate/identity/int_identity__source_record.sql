-- One row per record outside the CRM that should belong to a customer and existed by the as-of day: billing customers,
-- support organisations, people who write to support, and accounts that the product counts.
with stripe_customers as (

    select * from {{ ref('stg_stripe__customer') }}
    where created_at is null or {{ was_known('created_at') }}

),

organizations as (

    select * from {{ ref('stg_zendesk__organization') }}
    where created_at is null or {{ was_known('created_at') }}

),

support_users as (

    select * from {{ ref('stg_zendesk__user') }}
    where created_at is null or {{ was_known('created_at') }}

),

usage_days as (

    select * from {{ ref('stg_product__usage_account_daily') }}
    where usage_on <= {{ as_of_date() }}

),

visit_days as (

    select * from {{ ref('stg_product__capability_visit_daily') }}
    where visited_on <= {{ as_of_date() }}

),

public_suffixes as (

    select * from {{ ref('public_suffix') }}

),

freemail_domains as (

    select * from {{ ref('freemail_domain') }}

),

product_accounts as (

    select account_id from usage_days
    where account_id is not null

    union

    select account_id from visit_days
    where account_id is not null

),

unioned as (

    select
        'stripe' as source_system,
        stripe_customer_id as source_id,
        email_hash,
        email_domain,
    from stripe_customers

    union all

    select
        'zendesk' as source_system,
        cast(organization_id as varchar) as source_id,
        null as email_hash,
        null as email_domain,
    from organizations

    union all

    -- agents and admins are the company's own people
    select
        'zendesk_user' as source_system,
        cast(zendesk_user_id as varchar) as source_id,
        email_hash,
        email_domain,
    from support_users
    where lower(user_role) not in ('agent', 'admin')

    union all

    select
        'product' as source_system,
        account_id as source_id,
        null as email_hash,
        null as email_domain,
    from product_accounts

),

registered as (

    select
        source_system,
        source_id,
        email_hash,
        {{ get_registrable_domain('email_domain', 'select public_suffixes.suffix from public_suffixes') }}
            as registrable_domain,
    from unioned

),

final as (

    select
        registered.source_system,
        registered.source_id,
        registered.email_hash,
        case when freemail_domains.domain_name is null then registered.registrable_domain end as registrable_domain,
    from registered
    left join freemail_domains on registered.registrable_domain = freemail_domains.domain_name

)

select * from final
