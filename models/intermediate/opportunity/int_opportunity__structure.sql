-- One row per decided new-business deal and dimension of structure_dimension: the value as signed (or as it stood when the
-- deal was lost), its band, and whether it is a concession. Values nobody recorded, and values that cannot be, are in the
-- band `unknown`.
with states as (

    select * from {{ ref('int_opportunity__state') }}
    where is_closed and deal_type = 'new_business'

),

features as (

    select * from {{ ref('int_opportunity__segment_feature') }}

),

signals as (

    select * from {{ ref('int_opportunity__signal') }}

),

dimensions as (

    select * from {{ ref('structure_dimension') }}

),

bands as (

    select * from {{ ref('structure_band') }}

),

decisions as (

    select * from {{ ref('int_opportunity__deal_desk_decision') }}

),

-- without any request the company keeps no record of its deal desk, so nobody can be said not to have asked
desk as (

    select count(*) > 0 as has_requests
    from decisions

),

rates as (

    select * from {{ ref('int_revenue__fx_rate_as_of') }}

),

amount_ratios as (

    select * from {{ ref('int_opportunity__amount_ratio') }}

),

priced as (

    select
        states.opportunity_id,
        nullif(greatest(
            {{ convert_amount(
                convert_amount('states.decided_amount', 'rates.rate_to_reporting'), 'amount_ratios.arr_per_amount'
            ) }}, 0
        ), 0) as annual_amount,
    from states
    inner join signals on states.opportunity_id = signals.opportunity_id
    left join rates on states.currency = rates.currency
    left join amount_ratios on {{ term_type_of('signals.contract_term_months') }} = amount_ratios.term_type

),

ranked_prices as (

    select
        opportunity_id,
        cast(percent_rank() over (order by annual_amount) as double) as price_rank,
    from priced
    where annual_amount is not null

),

wide as (

    select
        states.opportunity_id,
        priced.annual_amount,
        features.discount_pct,
        features.contract_term_months,
        features.payment_terms_days,
        features.services_share,
        features.implementation_promises,
        features.customisation_requests,
        ranked_prices.price_rank,
        case
            when decisions.outcome = 'granted' then cast(1 as double)
            when decisions.opportunity_id is not null then cast(0 as double)
            when desk.has_requests then cast(-1 as double)
        end as request_outcome,
    from states
    inner join features on states.opportunity_id = features.opportunity_id
    inner join priced on states.opportunity_id = priced.opportunity_id
    cross join desk
    left join ranked_prices on states.opportunity_id = ranked_prices.opportunity_id
    left join decisions on states.opportunity_id = decisions.opportunity_id

),

long as (

    unpivot wide
    on
    discount_pct, contract_term_months, payment_terms_days, services_share, implementation_promises,
    customisation_requests, price_rank, request_outcome
    into name signal value signal_value

),

checked as (

    select
        wide.opportunity_id,
        wide.annual_amount,
        dimensions.dimension,
        dimensions.concession_side,
        case
            -- -1 stands for a deal that asked for nothing
            when dimensions.effect_family = 'request' and long.signal_value = -1 then long.signal_value
            when long.signal_value between dimensions.plausible_min and dimensions.plausible_max then long.signal_value
        end as structure_value,
        case dimensions.concession_side
            when 'at_least' then structure_value >= dimensions.concession_at
            when 'below' then structure_value < dimensions.concession_at
        end as is_concession,
        count(structure_value) over (partition by dimensions.dimension) > 0 as is_recorded,
    from wide
    cross join dimensions
    left join long on wide.opportunity_id = long.opportunity_id and dimensions.signal = long.signal
    where dimensions.effect_family != 'set'

),

-- what this company records must be known for a deal, else its count would be too low
sets as (

    select
        opportunity_id,
        any_value(annual_amount) as annual_amount,
        case
            when
                count(*) filter (where is_recorded and concession_side != 'none') > 0
                and bool_and(is_concession is not null) filter (where is_recorded and concession_side != 'none')
                then cast(count(*) filter (where is_concession) as double)
        end as structure_value,
        string_agg(dimension, '+' order by dimension) filter (where is_concession) as concession_types,
    from checked
    group by opportunity_id

),

all_dimensions as (

    select
        checked.opportunity_id,
        checked.annual_amount,
        checked.dimension,
        checked.structure_value,
        coalesce(checked.is_concession, false) as is_concession,
        sets.structure_value as concession_count,
        sets.concession_types,
    from checked
    inner join sets on checked.opportunity_id = sets.opportunity_id

    union all

    select
        sets.opportunity_id,
        sets.annual_amount,
        dimensions.dimension,
        sets.structure_value,
        coalesce(sets.structure_value > 0, false) as is_concession,
        sets.structure_value as concession_count,
        sets.concession_types,
    from sets
    cross join dimensions
    where dimensions.effect_family = 'set'

),

final as (

    select
        all_dimensions.opportunity_id,
        all_dimensions.dimension,
        all_dimensions.structure_value,
        coalesce(bands.band, 'unknown') as band,
        coalesce(all_dimensions.structure_value >= dimensions.treated_from, false) as is_treated,
        all_dimensions.is_concession,
        cast(all_dimensions.concession_count as integer) as concession_count,
        case
            when all_dimensions.concession_count is null then 'unknown'
            else coalesce(all_dimensions.concession_types, 'none')
        end as concession_types,
        all_dimensions.annual_amount,
    from all_dimensions
    inner join dimensions on all_dimensions.dimension = dimensions.dimension
    left join bands
        on
            all_dimensions.dimension = bands.dimension
            and all_dimensions.structure_value >= coalesce(bands.from_value, all_dimensions.structure_value)
            and coalesce(all_dimensions.structure_value < bands.until_value, true)

)

select * from final
