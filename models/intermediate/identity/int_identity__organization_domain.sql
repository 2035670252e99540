-- One row per support organisation and registrable domain it lists, with how many organisations list the same one.
with organization_domains as (

    select * from {{ ref('stg_zendesk__domain_name') }}

),

source_records as (

    select * from {{ ref('int_identity__source_record') }}
    where source_system = 'zendesk'

),

public_suffixes as (

    select * from {{ ref('public_suffix') }}

),

freemail_domains as (

    select * from {{ ref('freemail_domain') }}

),

registered as (

    select distinct
        cast(organization_id as varchar) as source_id,
        {{ get_registrable_domain('domain_name', 'select public_suffixes.suffix from public_suffixes') }}
            as registrable_domain,
    from organization_domains

),

final as (

    select
        registered.source_id,
        registered.registrable_domain,
        count(*) over (partition by registered.registrable_domain) as n_organizations,
    from registered
    inner join source_records on registered.source_id = source_records.source_id
    left join freemail_domains on registered.registrable_domain = freemail_domains.domain_name
    where registered.registrable_domain is not null and freemail_domains.domain_name is null

)

select * from final
