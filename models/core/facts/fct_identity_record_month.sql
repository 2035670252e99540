-- One row per record of billing, support or usage and complete month in which it was active, with the account it was
-- matched to or why it was not. Revenue and MRR are known for billing only.
with crosswalk as (

    select * from {{ ref('int_identity__crosswalk') }}

),

billing_months as (

    select * from {{ ref('int_revenue__billing_customer_month') }}

),

-- what was merged away or deleted is no request, and what the company's own people ask belongs to no customer
tickets as (

    select * from {{ ref('int_identity__ticket') }}
    where is_counted and not is_internal and {{ was_known('created_at') }}

),

usage_days as (

    select * from {{ ref('stg_product__usage_account_daily') }}
    where usage_on <= {{ as_of_date() }} and account_id is not null

),

-- A ticket counts for its organisation where that has the account or no one has; else for the person who asked.
ticket_records as (

    select
        ticket_id,
        {{ month_start('created_at') }} as month_on,
        match_method = 'organization' or (account_id is null and organization_id is not null) as is_by_organization,
        case when is_by_organization then 'zendesk' else 'zendesk_user' end as source_system,
        coalesce(case when is_by_organization then organization_id else requester_id end, 'none') as source_id,
        case when is_ambiguous then 'ambiguous' else coalesce(identity_method, 'unmatched') end as match_method,
        account_id,
    from tickets

),

keyed_records as (

    select
        'stripe' as source_system,
        stripe_customer_id as source_id,
        month_on,
        revenue_cents,
        mrr_cents,
    from billing_months

    union all

    select distinct
        'product' as source_system,
        account_id as source_id,
        {{ month_start('usage_on') }} as month_on,
        cast(null as bigint) as revenue_cents,
        cast(null as bigint) as mrr_cents,
    from usage_days
    where {{ month_start('usage_on') }} <= {{ last_complete_month() }}

),

final as (

    select
        keyed_records.source_system as coverage_system,
        keyed_records.source_system,
        keyed_records.source_id,
        keyed_records.month_on,
        case
            when crosswalk.is_ambiguous then 'ambiguous'
            else coalesce(crosswalk.match_method, 'unmatched')
        end as match_method,
        crosswalk.account_id,
        1 as records,
        keyed_records.revenue_cents,
        keyed_records.mrr_cents,
    from keyed_records
    left join crosswalk
        on keyed_records.source_system = crosswalk.source_system and keyed_records.source_id = crosswalk.source_id

    union all

    select
        'zendesk' as coverage_system,
        source_system,
        source_id,
        month_on,
        match_method,
        account_id,
        count(*) as records,
        cast(null as bigint) as revenue_cents,
        cast(null as bigint) as mrr_cents,
    from ticket_records
    where month_on <= {{ last_complete_month() }}
    group by source_system, source_id, month_on, match_method, account_id

)

select * from final
