-- One row per CRM user, with the hours a week he or she can give to open deals.
with users as (

    select * from {{ ref('stg_salesforce__user') }}

),

assumptions as (

    select value from {{ ref('assumption') }}
    where assumption_key = 'default_weekly_capacity_hours'

),

final as (

    select
        users.user_id,
        users.user_name as seller_name,
        users.is_active,
        cast(coalesce(users.weekly_capacity_hours, assumptions.value) as decimal(9, 2)) as weekly_capacity_hours,
        users.weekly_capacity_hours is null as is_capacity_assumed,
    from users
    cross join assumptions

)

select * from final
