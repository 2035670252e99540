-- One row per policy, subscription, price, currency and complete month: MRR by each published definition, computed from
-- its own definition and not from the reasons that explain it. The definitions in words: seed mrr_policy.
with basis as (

    select * from {{ ref('int_revenue__mrr_basis_month') }}

),

contracted as (

    select
        'contracted' as policy,
        customer_id,
        subscription_id,
        price_id,
        currency,
        month_on,
        mrr_minor,
    from {{ ref('int_revenue__subscription_price_month') }}

),

list_price as (

    select
        'list_price' as policy,
        customer_id,
        subscription_id,
        price_id,
        currency,
        month_on,
        list_mrr_minor as mrr_minor,
    from basis
    where is_in_force and is_past_trial

),

stripe as (

    select
        'stripe' as policy,
        customer_id,
        subscription_id,
        price_id,
        currency,
        month_on,
        list_mrr_minor + forever_coupon_minor as mrr_minor,
    from basis
    -- without a record of the status the dates speak
    where is_in_force and coalesce(stripe_status in ('active', 'past_due'), is_past_trial)

),

invoiced as (

    select
        'invoiced' as policy,
        customer_id,
        subscription_id,
        price_id,
        currency,
        month_on,
        case
            when is_given_back then 0
            else greatest({{ round_ratio('net_by_day_e6', '1000000') }}, 0)
        end as mrr_minor,
    from basis
    where n_lines > 0

),

chartmogul as (

    select
        'chartmogul' as policy,
        customer_id,
        subscription_id,
        price_id,
        currency,
        month_on,
        case when is_given_back then 0 else greatest(rounded_net_minor, 0) end as mrr_minor,
    from basis
    where n_lines > 0 and coalesce(agreement_gap not in ('metered_usage', 'billed_after_end'), true)

),

unioned as (

    select * from contracted
    union all
    select * from list_price
    union all
    select * from stripe
    union all
    select * from invoiced
    union all
    select * from chartmogul

),

final as (

    select
        policy,
        customer_id,
        subscription_id,
        price_id,
        currency,
        month_on,
        cast(mrr_minor as bigint) as mrr_minor,
    from unioned

)

select * from final
