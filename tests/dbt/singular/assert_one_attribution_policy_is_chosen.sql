-- A failing row means that no attribution policy is chosen, or several: every customer's acquisition cost would be
-- missing, or counted more than once.
select count(*) filter (where is_chosen) as n_chosen
from {{ ref('attribution_policy') }}
having count(*) filter (where is_chosen) != 1
