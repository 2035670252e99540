-- One row per record of billing, support or usage and complete month in which it was active, with the account it was
-- matched to or why it was not. Revenue and MRR are known for billing only.
with crosswalk as (

    select * from {{ ref('int_identity__crosswalk') }}

),

billing_months as (

    select * from {{ ref('int_revenue__billing_customer_month') }}

),

tickets as (

    select * from {{ ref('stg_zendesk__ticket') }}
    where not is_deleted and {{ was_known('created_at') }}

),

support_users as (

    select * from {{ ref('stg_zendesk__user') }}

),

usage_days as (

    select * from {{ ref('stg_product__usage_account_daily') }}
    where usage_on <= {{ as_of_date() }} and account_id is not null

),

-- A ticket hangs on its organisation, else on the person who asked, else on that person's organisation: the first that
-- has an account; when none has, the first that is there.
ticket_records as (

    select
        tickets.ticket_id,
        {{ month_start('tickets.created_at') }} as month_on,
        case
            when by_organization.account_id is not null then 'zendesk'
            when by_user.account_id is not null then 'zendesk_user'
            when by_default_organization.account_id is not null then 'zendesk'
            when tickets.organization_id is not null then 'zendesk'
            else 'zendesk_user'
        end as source_system,
        case
            when by_organization.account_id is not null then cast(tickets.organization_id as varchar)
            when by_user.account_id is not null then cast(tickets.requester_id as varchar)
            when by_default_organization.account_id is not null then cast(support_users.organization_id as varchar)
            else cast(coalesce(tickets.organization_id, tickets.requester_id) as varchar)
        end as source_id,
    from tickets
    left join support_users on tickets.requester_id = support_users.zendesk_user_id
    left join crosswalk as by_organization
        on
            by_organization.source_system = 'zendesk'
            and cast(tickets.organization_id as varchar) = by_organization.source_id
    left join crosswalk as by_user
        on by_user.source_system = 'zendesk_user' and cast(tickets.requester_id as varchar) = by_user.source_id
    left join crosswalk as by_default_organization
        on
            by_default_organization.source_system = 'zendesk'
            and cast(support_users.organization_id as varchar) = by_default_organization.source_id
    -- what the company's own people ask without naming an organisation belongs to no customer
    where tickets.organization_id is not null or coalesce(lower(support_users.user_role), '') not in ('agent', 'admin')

),

unioned as (

    select
        'stripe' as coverage_system,
        'stripe' as source_system,
        stripe_customer_id as source_id,
        month_on,
        1 as records,
        revenue_cents,
        mrr_cents,
    from billing_months

    union all

    select
        'zendesk' as coverage_system,
        source_system,
        coalesce(source_id, 'none') as source_id,
        month_on,
        count(*) as records,
        null as revenue_cents,
        null as mrr_cents,
    from ticket_records
    where month_on <= {{ last_complete_month() }}
    group by source_system, coalesce(source_id, 'none'), month_on

    union all

    select
        'product' as coverage_system,
        'product' as source_system,
        account_id as source_id,
        {{ month_start('usage_on') }} as month_on,
        1 as records,
        null as revenue_cents,
        null as mrr_cents,
    from usage_days
    where {{ month_start('usage_on') }} <= {{ last_complete_month() }}
    group by account_id, {{ month_start('usage_on') }}

),

final as (

    select
        unioned.coverage_system,
        unioned.source_system,
        unioned.source_id,
        unioned.month_on,
        case
            when crosswalk.is_ambiguous then 'ambiguous'
            else coalesce(crosswalk.match_method, 'unmatched')
        end as match_method,
        crosswalk.account_id,
        unioned.records,
        unioned.revenue_cents,
        unioned.mrr_cents,
    from unioned
    left join crosswalk
        on unioned.source_system = crosswalk.source_system and unioned.source_id = crosswalk.source_id

)

select * from final
