-- One row per policy other than the contracted one, subscription, price, currency, complete month and reason: by how much
-- MRR by that policy differs from contracted MRR there. A cell of the bridge is the rows of its two policies.
with differences as (

    select * from {{ ref('fct_mrr_policy_difference') }}

),

final as (

    select
        month_on,
        currency,
        policy,
        customer_id,
        subscription_id,
        price_id,
        reason,
        {{ convert_to_major_units('difference_minor', 'currency_exponent') }} as difference_amount,
    from differences

)

select * from final
