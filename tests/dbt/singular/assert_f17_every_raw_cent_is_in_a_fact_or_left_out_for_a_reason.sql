-- A failing row is a step at which billing documents, or their money, are neither passed on nor left out for a stated
-- reason: raw = accepted + set aside + excluded, to the row and to the minor unit. Says nothing about whether a reason is
-- right.
select
    chain,
    step,
    currency,
    gap_rows,
    gap_keys,
    gap_minor,
from {{ ref('mart_control_total') }}
where is_broken
