-- One row per policy, subscription, price, currency and complete month: MRR by each published definition, computed from
-- its own definition and not from the reasons that explain it. The definitions in words: seed mrr_policy. Where a price
-- states no amount, what was billed for it counts as agreed; without a bill it is unknown.
with basis as (

    select * from {{ ref('int_revenue__mrr_basis_month') }}

),

agreements as (

    select * from {{ ref('int_revenue__subscription_price_month') }}

),

valued as (

    select
        *,
        case
            when n_lines = 0 then null
            when is_given_back then 0
            else greatest({{ round_ratio('net_by_day_e6', '1000000') }}, 0)
        end as invoiced_minor,
    from basis

),

contracted as (

    select
        'contracted' as policy,
        agreements.customer_id,
        agreements.subscription_id,
        agreements.price_id,
        agreements.currency,
        agreements.month_on,
        coalesce(agreements.mrr_minor, valued.invoiced_minor) as mrr_minor,
    from agreements
    left join valued
        on
            agreements.subscription_id = valued.subscription_id
            and agreements.price_id = valued.price_id
            and agreements.currency = valued.currency
            and agreements.month_on = valued.month_on

),

list_price as (

    select
        'list_price' as policy,
        customer_id,
        subscription_id,
        price_id,
        currency,
        month_on,
        coalesce(list_mrr_minor, invoiced_minor) as mrr_minor,
    from valued
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
        coalesce(list_mrr_minor + forever_coupon_minor, invoiced_minor) as mrr_minor,
    from valued
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
        invoiced_minor as mrr_minor,
    from valued
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
