with source as (

    {{ select_contract_columns('stripe', 'coupon') }}

),

renamed as (

    select
        id as coupon_id,
        duration,
        amount_off as amount_off_minor,
        cast(percent_off as decimal(9, 4)) as percent_off,
        upper(currency) as currency,
        duration_in_months,
        _fivetran_synced as synced_at
    from source
    where coalesce(livemode, true)

),

latest as (

    {{ dedupe_latest('renamed', ['coupon_id'], ['synced_at']) }}

),

final as (

    select
        coupon_id,
        duration,
        amount_off_minor,
        percent_off,
        currency,
        duration_in_months,
        synced_at
    from latest

)

select * from final
