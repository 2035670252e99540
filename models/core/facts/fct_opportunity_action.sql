-- One row per open opportunity: what to do this week, from the play cards. The card that fits most closely counts: by kind
-- of deal, by the component that holds the deal back, then by how far it has come. A card that names a figure is left
-- out where the figure is unknown. A deal drawn by lot for an hour, or given hours
-- that were left over, has cards of its own.
with rules as (

    select * from {{ ref('fct_opportunity_rule') }}

),

opportunities as (

    select * from {{ ref('fct_opportunity') }}

),

allocations as (

    select * from {{ ref('fct_play_allocation') }}

),

components as (

    select * from {{ ref('fct_opportunity_score_component') }}
    where week_index = 0 and is_known

),

policies as (

    select * from {{ ref('score_component') }}

),

cards as (

    select * from {{ ref('play_action') }}

),

-- a rule about a score asks what holds that score back; any other asks what burdens the deal, if something does
shortfalls as (

    select
        rules.opportunity_id,
        components.component,
        components.raw_value,
        components.dimension,
        components.weight,
        case when components.dimension = 'risk' then components.component_score else 100 - components.component_score end
            as shortfall,
        rules.deciding_metric = components.dimension and rules.play != 'Accelerate' as is_of_deciding_score,
    from rules
    inner join components
        on
            rules.opportunity_id = components.opportunity_id
            and (
                rules.deciding_metric = components.dimension and rules.play != 'Accelerate'
                or (rules.deciding_metric not in ('motion', 'risk', 'profitability') or rules.play = 'Accelerate')
                and components.dimension in ('risk', 'profitability')
            )

),

held_back as (

    select
        shortfalls.opportunity_id,
        shortfalls.component,
        {{ word_component("'{value}'", 'policies.unit', 'shortfalls.raw_value') }} as value_text,
        row_number() over (
            partition by shortfalls.opportunity_id
            order by shortfalls.weight * shortfalls.shortfall desc, shortfalls.component
        ) as shortfall_rank,
    from shortfalls
    left join policies
        on shortfalls.dimension = policies.dimension and shortfalls.component = policies.component
    where shortfalls.is_of_deciding_score or shortfalls.shortfall >= 50

),

contacts as (

    select
        opportunity_id,
        max(cast(raw_value as integer)) as n_contacts,
    from components
    where component = 'active_contacts'
    group by opportunity_id

),

figures as (

    select
        rules.opportunity_id,
        case
            when allocations.is_randomised then 'drawn_hour'
            when allocations.line_reason = 'spare_time' then 'spare_hour'
            else rules.rule_id
        end as card_rule_id,
        rules.next_action as rule_action,
        opportunities.deal_type,
        {{ stage_band('opportunities.stage_position') }} as stage_band,
        coalesce(held_back.component, 'any') as component,
        held_back.component as weakest_component,
        held_back.value_text,
        nullif(opportunities.stage_name, 'Unknown stage') as stage_text,
        nullif(opportunities.account_name, 'Unknown account') as account_text,
        case when opportunities.close_on >= {{ as_of_date() }} then strftime(opportunities.close_on, '%-d %b') end
            as close_on_text,
        case when opportunities.stage_age_days >= 14 then opportunities.stage_age_days || ' days' end as days_text,
        case when opportunities.discount_pct > 0 then format('{:.0f} %', cast(opportunities.discount_pct as double)) end
            as discount_text,
        case contacts.n_contacts when 0 then null when 1 then 'one contact' else contacts.n_contacts || ' contacts' end
            as contacts_text,
    from rules
    inner join opportunities on rules.opportunity_id = opportunities.opportunity_id
    left join allocations on rules.opportunity_id = allocations.opportunity_id
    left join held_back on rules.opportunity_id = held_back.opportunity_id and held_back.shortfall_rank = 1
    left join contacts on rules.opportunity_id = contacts.opportunity_id

),

-- a card whose figure is unknown is null and drops out
matching_cards as (

    select
        figures.opportunity_id,
        cards.component,
        cards.deal_type,
        cards.stage_band,
        {{ fill_card('cards.next_action', {
            'value': 'figures.value_text',
            'stage': 'figures.stage_text',
            'account': 'figures.account_text',
            'close_on': 'figures.close_on_text',
            'days': 'figures.days_text',
            'discount': 'figures.discount_text',
            'contacts': 'figures.contacts_text',
        }) }} as next_action,
    from figures
    inner join cards
        on
            figures.card_rule_id = cards.rule_id
            and cards.deal_type in ('any', figures.deal_type)
            and cards.component in ('any', figures.component)
            and cards.stage_band in ('any', figures.stage_band)

),

ranked_cards as (

    select
        opportunity_id,
        next_action,
        row_number() over (
            partition by opportunity_id
            order by
                case when deal_type != 'any' then 1 else 0 end + case when component != 'any' then 1 else 0 end desc,
                case when deal_type != 'any' then 0 else 1 end,
                case when component != 'any' then 0 else 1 end,
                case when stage_band != 'any' then 0 else 1 end
        ) as card_rank,
    from matching_cards
    where next_action is not null

),

final as (

    select
        figures.opportunity_id,
        figures.weakest_component,
        coalesce(ranked_cards.next_action, figures.rule_action) as next_action,
    from figures
    left join ranked_cards
        on figures.opportunity_id = ranked_cards.opportunity_id and ranked_cards.card_rank = 1

)

select * from final
