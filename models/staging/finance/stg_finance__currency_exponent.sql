with source as (

    {{ select_contract_columns('finance', 'currency_exponent', [('_fivetran_synced', 'ts')]) }}

),

renamed as (

    select
        upper(currency) as currency,
        exponent,
        _fivetran_synced as synced_at
    from source

),

latest as (

    {{ dedupe_latest('renamed', ['currency'], ['synced_at']) }}

),

final as (

    select
        currency,
        exponent,
        synced_at
    from latest

)

select * from final
