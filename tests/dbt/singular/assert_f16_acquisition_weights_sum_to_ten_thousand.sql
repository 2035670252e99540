-- A failing row is a cost of winning customers whose weights do not sum to exactly 10,000, whose shares do not sum to it to
-- the cent, that is both shared and not, that is unshared without a reason, or that reached no row.
with shares as (

    select
        cost_item_id,
        sum(weight_e4) as weight_e4,
        sum(cost_cents) as cost_cents,
        count(*) filter (where customer_id is null) as n_unshared,
        count(*) filter (where (customer_id is null) != (unallocated_reason is not null)) as n_without_reason,
        count(*) as n_rows,
    from {{ ref('fct_acquisition_cost') }}
    group by cost_item_id

)

select
    items.cost_item_id,
    items.cost_cents,
    shares.cost_cents as shared_cents,
    shares.weight_e4,
from {{ ref('int_cost__acquisition_item') }} as items
left join shares on items.cost_item_id = shares.cost_item_id
where
    shares.cost_item_id is null
    or shares.weight_e4 != 10000
    or shares.cost_cents is distinct from items.cost_cents
    or (shares.n_unshared > 0 and shares.n_rows != 1)
    or shares.n_without_reason > 0
