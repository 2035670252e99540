-- One row per Salesforce account id ever seen: the account it is today after merges were followed to the end, and the
-- head of the family that account belongs to.
with accounts as (

    select * from {{ ref('stg_salesforce__account') }}

),

public_suffixes as (

    select * from {{ ref('public_suffix') }}

),

freemail_domains as (

    select * from {{ ref('freemail_domain') }}

),

-- A winner that was never delivered is no winner.
merge_edges as (

    select
        accounts.account_id as node_id,
        winners.account_id as next_id,
    from accounts
    left join accounts as winners
        on accounts.master_account_id = winners.account_id and accounts.account_id != winners.account_id

),

merge_ends as (

    {{ follow_chain('merge_edges') }}

),

-- Families hold accounts that stand; a parent that was merged means its winner.
parent_edges as (

    select
        accounts.account_id as node_id,
        nullif(parents.end_id, accounts.account_id) as next_id,
    from accounts
    inner join merge_ends on accounts.account_id = merge_ends.node_id and merge_ends.node_id = merge_ends.end_id
    left join merge_ends as parents on accounts.parent_account_id = parents.node_id

),

parent_ends as (

    {{ follow_chain('parent_edges') }}

),

domains as (

    select
        account_id,
        {{ get_registrable_domain(website_domain('website'), 'select public_suffixes.suffix from public_suffixes') }}
            as registrable_domain,
    from accounts

),

final as (

    select
        accounts.account_id,
        merge_ends.end_id as canonical_account_id,
        merge_ends.hops as merge_hops,
        merge_ends.is_cycle as is_merge_cycle,
        parent_ends.end_id as ultimate_parent_account_id,
        parent_ends.hops as parent_hops,
        parent_ends.is_cycle as is_parent_cycle,
        accounts.account_name,
        accounts.owner_user_id,
        accounts.parent_account_id,
        -- a row that changed later tells the industry of that later day
        case when coalesce({{ was_known('accounts.modified_at') }}, true) then accounts.industry end as industry,
        accounts.employee_count,
        accounts.created_at,
        {{ website_domain('accounts.website') }} as website_domain,
        case when freemail_domains.domain_name is null then domains.registrable_domain end as registrable_domain,
        accounts.is_deleted,
    from accounts
    inner join merge_ends on accounts.account_id = merge_ends.node_id
    inner join parent_ends on merge_ends.end_id = parent_ends.node_id
    inner join domains on accounts.account_id = domains.account_id
    left join freemail_domains on domains.registrable_domain = freemail_domains.domain_name

)

select * from final
