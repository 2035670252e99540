-- One row per decided new-business deal: how and when it ended and what the first twelve months of its customer brought. What
-- every mart that sets customers' outcomes beside something known before the close counts from.
with states as (

    select * from {{ ref('int_opportunity__state') }}
    where is_closed and deal_type = 'new_business'

),

cycles as (

    select * from {{ ref('int_opportunity__cycle') }}

),

features as (

    select * from {{ ref('int_opportunity__segment_feature') }}

),

segments as (

    select * from {{ ref('int_opportunity__segment') }}

),

outcomes as (

    select * from {{ ref('int_lifecycle__outcome_12m') }}
    where opportunity_id is not null

),

customers as (

    select
        opportunity_id,
        min(customer_id) as customer_id,
    from {{ ref('int_lifecycle__customer') }}
    where opportunity_id is not null
    group by opportunity_id

),

final as (

    select
        states.opportunity_id,
        case when states.is_won then customers.customer_id end as customer_id,
        coalesce(segments.segment_id, 'unassigned') as segment_id,
        states.is_won,
        features.lead_source,
        cast(states.created_at as date) as created_on,
        cast(states.closed_at as date) as closed_on,
        cycles.cycle_status,
        cycles.cycle_days,
        states.is_won and outcomes.customer_id is not null as is_mature_12m,
        case when states.is_won then outcomes.has_churned end as has_churned_12m,
        case when states.is_won then outcomes.has_expanded end as has_expanded_12m,
        case when states.is_won then outcomes.has_reached_value_180d end as has_reached_value_180d,
        -- still there and not shrunk: renewal, growth and a better price are all still possible
        case
            when states.is_won and outcomes.starting_arr_cents > 0
                then outcomes.ending_arr_cents >= outcomes.starting_arr_cents
        end as has_options_open_12m,
        case when states.is_won then outcomes.starting_arr_cents end as starting_arr_cents,
        case when states.is_won then outcomes.ending_arr_cents end as ending_arr_12m_cents,
        case
            when states.is_won and outcomes.ending_arr_cents is not null
                then least(outcomes.ending_arr_cents, outcomes.starting_arr_cents)
        end as retained_arr_12m_cents,
        case when states.is_won then outcomes.revenue_cents end as revenue_12m_cents,
        case when states.is_won then outcomes.gross_margin_cents end as gross_margin_12m_cents,
        case when states.is_won then outcomes.support_cost_cents end as support_12m_cents,
    from states
    inner join cycles on states.opportunity_id = cycles.opportunity_id
    left join features on states.opportunity_id = features.opportunity_id
    left join segments on states.opportunity_id = segments.opportunity_id
    left join customers on states.opportunity_id = customers.opportunity_id
    left join outcomes on states.opportunity_id = outcomes.opportunity_id

)

select * from final
