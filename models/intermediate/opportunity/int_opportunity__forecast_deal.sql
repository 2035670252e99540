-- One row per open opportunity that brings new ARR and per horizon of 3, 6 and 12 months (13, 26 and 52 weeks): with which
-- chance it is won, and with which by then if it is won at all. Expansions of a company without a customer book count,
-- since nothing else is known of its growth; with a book, the rates at which customers grow stand for them. Renewals keep
-- ARR that is there already.
with opportunities as (

    select * from {{ ref('fct_opportunity') }}
    where is_open and deal_type != 'renewal'

),

book as (

    select count(*) > 0 as has_book
    from {{ ref('int_lifecycle__arr_book') }}

),

close_times as (

    select * from {{ ref('int_opportunity__time_to_close') }}

),

reporting as (

    select exponent from {{ ref('dim_currency') }}
    where is_reporting_currency

),

horizons as (

    select unnest([3, 6, 12]) as horizon_months

),

joined as (

    select
        opportunities.opportunity_id,
        horizons.horizon_months,
        coalesce(opportunities.segment_id, 'unassigned') as segment_id,
        opportunities.win_logit,
        opportunities.win_probability,
        opportunities.segment_confidence,
        {{ convert_to_minor_units('opportunities.arr_amount', 1, 'reporting.exponent') }} as arr_cents,
        case horizons.horizon_months
            when 3 then close_times.win_probability_13w
            when 6 then close_times.win_probability_26w
            else close_times.win_probability_52w
        end as won_by_probability,
    from opportunities
    cross join horizons
    cross join reporting
    cross join book
    left join close_times on opportunities.opportunity_id = close_times.opportunity_id
    where opportunities.deal_type != 'expansion' or not book.has_book

),

final as (

    select
        opportunity_id,
        horizon_months,
        segment_id,
        win_logit,
        win_probability,
        -- rounded chances may pass each other by the last digit
        case
            when won_by_probability >= win_probability then 1
            else won_by_probability / nullif(win_probability, 0)
        end as won_in_time_share,
        segment_confidence,
        arr_cents,
        -- a negative amount is no new ARR, and a forecast of it would be a guess
        coalesce(arr_cents >= 0 and win_logit is not null and win_probability > 0 and won_by_probability is not null, false)
            as is_forecast,
    from joined

)

select * from final
