-- One row per account that stands after merges.
with accounts as (

    select * from {{ ref('int_identity__account') }}

),

final as (

    select
        account_id,
        account_name,
        ultimate_parent_account_id,
        owner_user_id,
        industry,
        employee_count,
        created_at,
        is_deleted,
    from accounts
    where account_id = canonical_account_id

)

select * from final
