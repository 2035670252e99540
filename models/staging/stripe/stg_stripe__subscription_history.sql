with source as (

    {{ select_contract_columns('stripe', 'subscription_history') }}

),

keyed as (

    select
        source.*,
        {{ extract_json_text('metadata', var('metadata_account_key')) }} as account_key,
        {{ extract_json_text('metadata', var('metadata_opportunity_key')) }} as opportunity_key,
        coalesce(
            {{ extract_json_text('metadata', 'contract_term_months') }},
            {{ extract_json_text('metadata', 'term_months') }}
        ) as term_months
    from source

),

renamed as (

    select
        id as subscription_id,
        -- without history mode a subscription has one version, valid since it was created
        coalesce(_fivetran_start, created) as valid_from_at,
        _fivetran_active as is_active_version,
        customer_id as stripe_customer_id,
        status,
        created as created_at,
        coalesce(start_date, created) as started_at,
        coalesce(cancel_at_period_end, false) as cancel_at_period_end,
        canceled_at,
        ended_at,
        trial_start as trial_start_at,
        trial_end as trial_end_at,
        current_period_start as current_period_start_at,
        current_period_end as current_period_end_at,
        {{ normalise_salesforce_id('account_key') }} as account_ref,
        {{ normalise_salesforce_id('opportunity_key') }} as opportunity_ref,
        try_cast(term_months as integer) as term_months_ref,
        _fivetran_synced as synced_at
    from keyed
    where coalesce(livemode, true)

),

latest as (

    {{ dedupe_latest('renamed', ['subscription_id', 'valid_from_at'], ['is_active_version', 'synced_at']) }}

),

final as (

    select
        subscription_id,
        valid_from_at,
        coalesce(
            is_active_version,
            row_number() over (partition by subscription_id order by valid_from_at desc) = 1
        ) as is_current,
        stripe_customer_id,
        status,
        created_at,
        started_at,
        cancel_at_period_end,
        canceled_at,
        ended_at,
        trial_start_at,
        trial_end_at,
        current_period_start_at,
        current_period_end_at,
        account_ref,
        opportunity_ref,
        term_months_ref,
        synced_at
    from latest

)

select * from final
