-- One row per source record and account whose website has the registrable domain of the record's e-mail address or of
-- the support organisation. Shared domains (mail providers, hosts of pages) are left out on both sides.
with source_records as (

    select * from {{ ref('int_identity__source_record') }}

),

accounts as (

    select * from {{ ref('int_identity__account') }}
    where
        registrable_domain is not null
        and not is_deleted
        and (created_at is null or {{ was_known('created_at') }})

),

organization_domains as (

    select * from {{ ref('int_identity__organization_domain') }}

),

record_domains as (

    select
        source_system,
        source_id,
        registrable_domain,
        false as is_shared,
    from source_records
    where registrable_domain is not null

    union all

    select
        'zendesk' as source_system,
        source_id,
        registrable_domain,
        n_organizations > 1 as is_shared,
    from organization_domains

),

final as (

    select
        record_domains.source_system,
        record_domains.source_id,
        accounts.canonical_account_id as account_id,
        -- one domain that is this organisation's alone is enough
        bool_and(record_domains.is_shared) as is_shared,
    from record_domains
    inner join accounts on record_domains.registrable_domain = accounts.registrable_domain
    group by record_domains.source_system, record_domains.source_id, accounts.canonical_account_id

)

select * from final
