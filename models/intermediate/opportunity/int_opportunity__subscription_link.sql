-- One row per won deal and subscription that are linked: by which rule, in which role, and how sure that is.
with candidates as (

    select * from {{ ref('int_opportunity__subscription_candidate') }}

),

final as (

    select
        opportunity_id,
        subscription_id,
        deal_type,
        customer_id,
        link_method,
        rule_order,
        link_role,
        match_confidence,
        is_explicit,
        is_same_account,
        is_amount_agreed,
        days_to_start,
    from candidates
    where is_accepted

)

select * from final
