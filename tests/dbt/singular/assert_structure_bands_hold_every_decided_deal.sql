-- A failing row is a segment and dimension whose bands do not add up to the decided new-business deals of fct_opportunity, or to
-- the mature deals of the twelve-month outcomes. It does not claim that a deal is in the right band.
with decided as (

    select
        coalesce(segment_id, 'unassigned') as segment_id,
        count(*) as n_deals,
        count(*) filter (where is_won) as n_won,
    from {{ ref('fct_opportunity') }}
    where not is_open and deal_type = 'new_business'
    group by coalesce(segment_id, 'unassigned')

),

company as (

    select * from decided

    union all

    select
        'all' as segment_id,
        coalesce(sum(n_deals), 0) as n_deals,
        coalesce(sum(n_won), 0) as n_won,
    from decided

),

banded as (

    select
        segment_id,
        dimension,
        sum(n_deals) as n_deals,
        sum(n_won) as n_won,
    from {{ ref('mart_segment_deal_structure') }}
    group by segment_id, dimension

),

accounted as (

    select
        sum(accounting_effect_amount) filter (where segment_id = 'all') as all_amount,
        sum(accounting_effect_amount) filter (where segment_id != 'all') as segment_amount,
    from {{ ref('mart_segment_deal_structure') }}

)

select
    banded.segment_id,
    banded.dimension,
    banded.n_deals,
    coalesce(company.n_deals, 0) as n_expected,
from banded
left join company on banded.segment_id = company.segment_id
where
    banded.n_deals != coalesce(company.n_deals, 0)
    or banded.n_won != coalesce(company.n_won, 0)

union all

select
    'all' as segment_id,
    'accounting' as dimension,
    null as n_deals,
    null as n_expected,
from accounted
where all_amount is distinct from segment_amount
