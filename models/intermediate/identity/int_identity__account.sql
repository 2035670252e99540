-- One row per Salesforce account id ever seen, with the account it is today after merges were followed to the end.
with recursive accounts as (

    select * from {{ ref('stg_salesforce__account') }}

),

-- A merge chain longer than ten, or one that runs in a circle, stops here and keeps its last account.
merge_chain as (

    select
        account_id as start_account_id,
        account_id as current_account_id,
        0 as hops,
    from accounts

    union all

    select
        merge_chain.start_account_id,
        winners.account_id as current_account_id,
        merge_chain.hops + 1 as hops,
    from merge_chain
    inner join accounts on merge_chain.current_account_id = accounts.account_id
    inner join accounts as winners on accounts.master_account_id = winners.account_id
    where merge_chain.hops < 10

),

last_hop as (

    select
        start_account_id,
        arg_max(current_account_id, hops) as canonical_account_id,
        max(hops) as merge_hops,
    from merge_chain
    group by start_account_id

),

final as (

    select
        accounts.account_id,
        last_hop.canonical_account_id,
        last_hop.merge_hops,
        accounts.account_name,
        accounts.owner_user_id,
        accounts.parent_account_id,
        accounts.industry,
        accounts.employee_count,
        accounts.created_at,
        {{ website_domain('accounts.website') }} as website_domain,
        accounts.is_deleted,
    from accounts
    inner join last_hop on accounts.account_id = last_hop.start_account_id

)

select * from final
