-- One row per early sign, pair of signs and number of signs, with the places of its signs in the pattern of a deal
-- (fct_deal_risk.sign_pattern).
with indicators as (

    select * from {{ ref('risk_indicator') }}

),

singles as (

    select
        *,
        cast(row_number() over (order by indicator_order) as integer) as place,
    from indicators
    where kind = 'single'

),

final as (

    select
        indicator,
        kind,
        sign_family,
        indicator_order,
        place as place_a,
        cast(null as integer) as place_b,
        cast(null as integer) as least_signs,
        indicator_name,
        side,
        unit,
        meaning,
    from singles

    union all

    select
        indicator,
        kind,
        sign_family,
        100 + indicator_order as indicator_order,
        cast(null as integer) as place_a,
        cast(null as integer) as place_b,
        least_signs,
        indicator_name,
        cast(null as varchar) as side,
        unit,
        meaning,
    from indicators
    where kind = 'count'

    union all

    select
        first_signs.indicator || '+' || second_signs.indicator as indicator,
        'pair' as kind,
        first_signs.sign_family || '+' || second_signs.sign_family as sign_family,
        1000 + 30 * first_signs.place + second_signs.place as indicator_order,
        first_signs.place as place_a,
        second_signs.place as place_b,
        cast(null as integer) as least_signs,
        first_signs.indicator_name || ' and ' || lower(second_signs.indicator_name) as indicator_name,
        cast(null as varchar) as side,
        'signs' as unit,
        'Both signs on one deal, against every deal without both' as meaning,
    from singles as first_signs
    inner join singles as second_signs on first_signs.place < second_signs.place

)

select * from final
