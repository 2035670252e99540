-- One row per open opportunity and draw: what the deal is worth in that state of the world, in hundredths of the reporting
-- currency, and what it brings when luck is played out. Common draws: sums over deals are taken within a draw_id, quantiles
-- last. A view, because nothing but its summaries is kept.
with deals as (

    select
        terms.*,
        cards.cac,
        -- four numbers from the name of the deal; with them it meets another lot and another life in each draw (503 is prime)
        {% for lot, low, n in [('win_from', 0, 503), ('win_step', 1, 502), ('life_from', 0, 503), ('life_step', 1, 502)] -%}
            {{ low }} + cast(floor(
                {{ get_uniform("'" ~ lot ~ "|' || terms.opportunity_id") }} * {{ n }}
            ) as integer) as {{ lot }},
        {% endfor %}
    from {{ ref('int_opportunity__roi_term') }} as terms
    left join {{ ref('int_opportunity__card_term') }} as cards on terms.opportunity_id = cards.opportunity_id
    where terms.week_index = 0 and terms.cost_to_close is not null

),

lives as (

    select * from {{ ref('stg_predictions__life_luck') }}

),

valued as (

    {{ value_deal_draws('deals', [
        'opportunity_id', 'deal_type', 'segment_id', 'term_type', 'start_age_months', 'arr_amount', 'cost_to_close',
        'parked_win_retention', 'cac', 'win_from', 'win_step', 'life_from', 'life_step',
    ]) }}

),

-- a deal is won where its lot, one of 503 evenly spaced numbers, falls below its chance
played as (

    select
        *,
        (((win_from + win_step * draw_id) % 503) + 0.5) / 503 < win_probability as is_won,
        (life_from + life_step * draw_id) % 503 as life_id,
        cast(round(cast(cost_to_close as double) * 100) as bigint) as cost_cents,
    from valued

),

final as (

    select
        played.opportunity_id,
        played.deal_type,
        played.segment_id,
        played.draw_id,
        played.is_support_unknown,
        played.lifecycle_value_cents,
        cast(round(played.win_probability * played.lifecycle_value_cents) as bigint) - played.cost_cents as roi_cents,
        -- what working the deal brings over parking it, before the hours it takes
        cast(
            round({{ lose_by_parking('played.win_probability', 'played.parked_win_retention') }} * played.lifecycle_value_cents)
            as bigint
        ) as gain_cents,
        played.cost_cents,
        -- what was spent on winning such customers counts in what is reported, and the hours ahead are a part of it
        case
            when played.deal_type = 'new_business'
                then cast(round(played.win_probability * (played.lifecycle_value_cents - played.cac * 100)) as bigint)
            else cast(round(played.win_probability * played.lifecycle_value_cents) as bigint) - played.cost_cents
        end as reported_cents,
        case
            when played.is_won
                then played.lifecycle_value_cents + cast(
                    round(
                        played.arr_amount * (
                            lives.luck_e6 + case when played.deal_type = 'expansion' then 0 else lives.growth_luck_e6 end
                        ) / 10000.0
                    ) as bigint
                )
            else 0
        end - played.cost_cents as realised_cents,
    from played
    left join lives
        on
            played.segment_id = lives.segment_id
            and played.term_type = lives.term_type
            and played.start_age_months = lives.start_age_months
            and played.life_id = lives.life_id

)

select * from final
