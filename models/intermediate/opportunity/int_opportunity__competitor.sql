-- One row per opportunity: whether a competitor is named on it, as known when it closed or, while open, on the as-of day.
-- Words for nobody (seed no_competitor) name none; an empty field says nobody only in a company that fills it for some.
with signals as (

    select * from {{ ref('int_opportunity__signal') }}

),

states as (

    select * from {{ ref('int_opportunity__state') }}

),

competitor_words as (

    select * from {{ ref('no_competitor') }}

),

competitor_use as (

    select count(nullif(trim(competitor), '')) > 0 as is_competitor_delivered
    from signals

),

final as (

    select
        signals.opportunity_id,
        case
            when trim(signals.competitor) != '' then coalesce(competitor_words.competitor_present, 'yes')
            -- an empty field of a row that has moved on may have held a name that day
            when competitor_use.is_competitor_delivered and states.is_row_as_decided then 'no'
            else 'unknown'
        end as competitor_present,
    from signals
    inner join states on signals.opportunity_id = states.opportunity_id
    cross join competitor_use
    left join competitor_words on lower(trim(signals.competitor)) = competitor_words.competitor_text

)

select * from final
