with source as (

    {{ select_contract_columns('finance', 'fx_rate', [
        ('_fivetran_synced', 'ts'),
        ('rate', 'dec', 'exact_rate'),
    ]) }}

),

renamed as (

    select
        rate_date as rate_on,
        upper(from_currency) as from_currency,
        upper(to_currency) as to_currency,
        cast(exact_rate as decimal(28, 12)) as rate,
        _fivetran_synced as synced_at
    from source

),

latest as (

    {{ dedupe_latest('renamed', ['rate_on', 'from_currency', 'to_currency'], ['synced_at']) }}

),

final as (

    select
        rate_on,
        from_currency,
        to_currency,
        rate,
        synced_at
    from latest

)

select * from final
