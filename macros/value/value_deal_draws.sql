{#- What each deal is worth in each draw: a query with the key of the deal, draw_id, win_probability, lifecycle_value_cents and
    is_support_unknown. Several arms of one deal are several rows of `deals`: the draws are common to all, so that a difference
    within a draw_id is that of the arms and of nothing else. A deal with an unknown amount, cost, term or segment has no row.

    deals: relation or CTE with segment_id, term_type, start_age_months, deal_type, win_logit, arr_amount, onboarding_cost
    keys: columns of `deals` to carry along
    margin_lost: share of ARR given away a year for as long as the customer stays (expression over `deals`)
    every: 10 takes each tenth draw -#}
{% macro value_deal_draws(deals, keys, margin_lost='0', every=1) -%}
    select
        {%- for key in keys %}
            deals.{{ key }},
        {%- endfor %}
        draws.draw_id,
        draws.is_support_unknown,
        1 / (1 + exp(-(deals.win_logit + draws.win_logit_shift))) as win_probability,
        cast(
            round(
                (
                    cast(deals.arr_amount as double) * (
                        draws.value_per_arr
                        -- the growth of a customer is already in the value of the deal that won it
                        + case when deals.deal_type = 'expansion' then 0 else draws.growth_per_arr end
                        {%- if margin_lost != '0' %}
                            - ({{ margin_lost }}) * draws.alive_years_disc
                        {%- endif %}
                    ) - cast(deals.onboarding_cost as double)
                ) * 100
            ) as bigint
        ) as lifecycle_value_cents,
    from {{ deals }} as deals
    inner join {{ ref('int_lifecycle__value_draw') }} as draws
        on
            deals.segment_id = draws.segment_id
            and deals.term_type = draws.term_type
            and deals.start_age_months = draws.start_age_months
    where
        deals.win_logit is not null
        and deals.arr_amount is not null
        and deals.onboarding_cost is not null
        and (deals.deal_type = 'expansion' or draws.growth_per_arr is not null)
        {%- if every > 1 %}
            and draws.draw_id % {{ every }} = 0
        {%- endif %}
{%- endmacro %}
