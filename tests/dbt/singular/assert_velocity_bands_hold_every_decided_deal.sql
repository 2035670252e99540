-- A failing row is a segment whose velocity bands do not add up to the decided new-business deals of fct_deal_outcome, or a
-- company row that is not the sum of its segments. It does not claim that a deal is in the right band.
{%- set counts = ['n_deals', 'n_won', 'n_mature_12m', 'n_churned_12m', 'ending_arr_12m_cents', 'support_12m_cents', 'won_days'] %}
with deals as (

    select
        segment_id,
        count(*) as n_deals,
        count(*) filter (where is_won) as n_won,
        count(*) filter (where is_mature_12m) as n_mature_12m,
    from {{ ref('fct_deal_outcome') }}
    group by segment_id

),

marts as (

    select * from {{ ref('mart_segment_velocity_durability') }}

),

-- the same totals in four ways: segments or the company, bands or all of them
totals as (

    select
        segment_id = 'all' as is_company,
        velocity_band = 'all' as is_whole,
        {%- for column in counts %}
            coalesce(sum({{ column }}), 0) as {{ column }},
        {%- endfor %}
    from marts
    group by segment_id = 'all', velocity_band = 'all'

),

segments as (

    select
        segment_id,
        sum(n_deals) filter (where velocity_band != 'all') as n_deals,
        sum(n_won) filter (where velocity_band != 'all') as n_won,
        sum(n_mature_12m) filter (where velocity_band = 'all') as n_mature_12m,
    from marts
    where segment_id != 'all'
    group by segment_id

)

select segments.segment_id as failing
from segments
full join deals on segments.segment_id = deals.segment_id
where
    segments.segment_id is null
    or segments.n_deals != coalesce(deals.n_deals, 0)
    or segments.n_won != coalesce(deals.n_won, 0)
    or segments.n_mature_12m != coalesce(deals.n_mature_12m, 0)

union all

select 'company' as failing
from totals
{%- set columns = counts | join(', ') %}
having count(distinct row({{ columns }})) != 1
