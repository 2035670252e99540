-- One row per customer that had MRR, known or not, twelve months before a complete month, and that month: what it paid then and
-- pays now. NRR = sum(ending) / sum(starting), GRR = sum(kept) / sum(starting), logo retention = retained / rows, each over the
-- customers of one month: windows overlap, so months are never added.
with retention as (

    select * from {{ ref('fct_retention_month') }}

),

final as (

    select
        customer_id,
        segment_id,
        month_on,
        starting_month_on,
        is_retained,
        has_fx_rate,
        is_amount_unknown,
        '{{ var("reporting_currency") }}' as reporting_currency,
        {{ convert_to_major_units('starting_cents', 'reporting_exponent') }} as starting_amount,
        {{ convert_to_major_units('ending_cents', 'reporting_exponent') }} as ending_amount,
        {{ convert_to_major_units('kept_cents', 'reporting_exponent') }} as kept_amount,
        {{ as_of_date() }} as as_of_date,
    from retention

)

select * from final
