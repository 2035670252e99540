-- One row per segment, concession type, band, number of concessions, competitor and term type: how many decided
-- new-business deals there are, how many were won, and what became of those with twelve complete months. Each deal counts
-- once per concession type.
with deals as (

    select * from {{ ref('int_opportunity__concession') }}

),

structures as (

    select * from {{ ref('int_opportunity__structure') }}

),

final as (

    select
        deals.segment_id,
        structures.dimension as concession_type,
        structures.band as concession_band,
        structures.is_treated,
        -- three and more are one class, so that the table stays small
        case
            when structures.concession_count is null then 'unknown'
            else cast(least(structures.concession_count, 3) as varchar)
        end as n_concession_types,
        deals.competitor_present,
        deals.term_type,
        count(*) as n_deals,
        count(*) filter (where deals.is_won) as n_won,
        count(*) filter (where deals.is_mature_12m) as n_matured_12m,
        count(*) filter (where deals.has_churned_12m) as n_churn_12m,
        count(*) filter (where deals.has_expanded_12m) as n_expanded_12m,
        count(*) filter (where deals.gross_margin_12m_cents is not null and deals.starting_arr_cents > 0) as n_margin_12m,
    from structures
    inner join deals on structures.opportunity_id = deals.opportunity_id
    group by
        deals.segment_id, structures.dimension, structures.band, structures.is_treated, n_concession_types,
        deals.competitor_present, deals.term_type

)

select * from final
