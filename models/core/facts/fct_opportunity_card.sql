-- One row per open opportunity: the three questions as arithmetic on a card, so that anyone can check them by hand.
-- Reporting currency. They use averages of the segment and carry no interval; the survival value stands beside them in
-- the ROI mart.
with terms as (

    select * from {{ ref('int_opportunity__card_term') }}

),

final as (

    select
        opportunity_id,
        arr,
        gross_margin_rate,
        annual_support_cost,
        life_years,
        renewal_rate,
        cac,
        expand_probability,
        expansion_value,
        acceleration_cost,
        added_support_cost,
        concession_margin_rate,
        cast(
            {{ card_entry_value('arr', 'gross_margin_rate', 'annual_support_cost', 'life_years', 'renewal_rate', 'cac') }}
            as decimal(18, 2)
        ) as entry_value,
        cast(
            {{ card_acceleration_value(
                'expand_probability', 'expansion_value', 'gross_margin_rate', 'acceleration_cost', 'added_support_cost'
            ) }} as decimal(18, 2)
        ) as acceleration_value,
        cast(
            {{ card_concession_loss('arr', 'concession_margin_rate', 'life_years') }} as decimal(18, 2)
        ) as concession_loss,
    from terms

)

select * from final
