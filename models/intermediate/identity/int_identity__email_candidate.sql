-- One row per source record and account of a person with the same e-mail address. Support users also meet the account
-- that a billing customer of that address names by key; what that customer's own e-mail says adds nothing.
with source_records as (

    select * from {{ ref('int_identity__source_record') }}
    where email_hash is not null

),

accounts as (

    select * from {{ ref('int_identity__account') }}

),

contacts as (

    select * from {{ ref('stg_salesforce__contact') }}
    where not is_deleted and (created_at is null or {{ was_known('created_at') }})

),

key_references as (

    select * from {{ ref('int_identity__key_reference') }}
    where source_system = 'stripe' and account_id is not null

),

methods as (

    select * from {{ ref('identity_method') }}

),

ranked_keys as (

    select
        key_references.source_id,
        key_references.account_id,
        methods.rule_order,
        min(methods.rule_order) over (partition by key_references.source_id) as best_rule_order,
    from key_references
    inner join methods on key_references.match_method = methods.match_method

),

by_contact as (

    select
        source_records.source_system,
        source_records.source_id,
        accounts.canonical_account_id as account_id,
    from source_records
    inner join contacts on source_records.email_hash = contacts.email_hash
    inner join accounts on contacts.account_id = accounts.account_id

),

by_billing_customer as (

    select
        support_users.source_system,
        support_users.source_id,
        ranked_keys.account_id,
    from source_records as support_users
    inner join source_records as stripe_customers
        on support_users.email_hash = stripe_customers.email_hash and stripe_customers.source_system = 'stripe'
    inner join ranked_keys
        on
            stripe_customers.source_id = ranked_keys.source_id
            and ranked_keys.rule_order = ranked_keys.best_rule_order
    where support_users.source_system = 'zendesk_user'

),

final as (

    select * from by_contact
    union
    select * from by_billing_customer

)

select * from final
