with source as (

    {{ select_contract_columns('intent', 'capability_visit_daily', [('_fivetran_synced', 'ts')]) }}

),

renamed as (

    select
        {{ normalise_salesforce_id('account_id') }} as account_id,
        date_day as visited_on,
        {{ normalise_salesforce_id('contact_id') }} as contact_id,
        capability,
        visits,
        _fivetran_synced as synced_at
    from source

),

latest as (

    {{ dedupe_latest(
        'renamed', ['account_id', 'visited_on', 'capability', 'contact_id'], ['synced_at', 'visits']
    ) }}

),

final as (

    select
        account_id,
        visited_on,
        contact_id,
        capability,
        visits,
        synced_at
    from latest

)

select * from final
