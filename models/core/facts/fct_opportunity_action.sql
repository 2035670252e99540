-- One row per open opportunity: what to do this week, from the play cards. A card for the kind of deal comes first,
-- then one for the component that holds the deciding score back most, then the rule's own.
with rules as (

    select * from {{ ref('fct_opportunity_rule') }}

),

opportunities as (

    select * from {{ ref('fct_opportunity') }}

),

components as (

    select * from {{ ref('fct_opportunity_score_component') }}
    where week_index = 0 and is_known

),

cards as (

    select * from {{ ref('play_action') }}

),

held_back as (

    select
        rules.opportunity_id,
        components.component,
        row_number() over (
            partition by rules.opportunity_id
            order by
                components.weight
                * case
                    when components.dimension = 'risk' then components.component_score
                    else 100 - components.component_score
                end desc,
                components.component
        ) as shortfall_rank,
    from rules
    inner join components
        on rules.opportunity_id = components.opportunity_id and rules.deciding_metric = components.dimension

),

matching_cards as (

    select
        rules.opportunity_id,
        cards.next_action,
        held_back.component as weakest_component,
        row_number() over (
            partition by rules.opportunity_id
            order by
                case when cards.deal_type != 'any' then 0 else 1 end,
                case when cards.component != 'any' then 0 else 1 end
        ) as card_rank,
    from rules
    inner join opportunities on rules.opportunity_id = opportunities.opportunity_id
    left join held_back on rules.opportunity_id = held_back.opportunity_id and held_back.shortfall_rank = 1
    inner join cards
        on
            rules.rule_id = cards.rule_id
            and cards.deal_type in ('any', opportunities.deal_type)
            and cards.component in ('any', coalesce(held_back.component, 'any'))

),

final as (

    select
        rules.opportunity_id,
        matching_cards.weakest_component,
        coalesce(matching_cards.next_action, rules.next_action) as next_action,
    from rules
    left join matching_cards
        on rules.opportunity_id = matching_cards.opportunity_id and matching_cards.card_rank = 1

)

select * from final
