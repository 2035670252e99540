-- A failing row is a month in which what is shared to customers and what is not do not sum to the blended cost, so that the
-- cost per customer of the card formula and that of the segments are not of the same money. A month whose blended cost is
-- unknown is not asked: without a rate, or without what people cost, its known part is no whole.
with shares as (

    select
        month_on,
        sum(cost_cents) as cost_cents,
    from {{ ref('fct_acquisition_cost') }}
    group by month_on

)

select
    blended.month_on,
    blended.acquisition_cost_cents,
    shares.cost_cents as shared_cents,
from {{ ref('int_cost__acquisition_month') }} as blended
left join shares on blended.month_on = shares.month_on
where blended.acquisition_cost_cents is not null and shares.cost_cents is distinct from blended.acquisition_cost_cents
