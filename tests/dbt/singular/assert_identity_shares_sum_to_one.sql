-- A failing row is a system and month whose shares of records, or known shares of revenue, do not sum to one: a method is
-- missing from the coverage or counted twice. Does not claim that the matches are right.
select
    source_system,
    month_on,
    sum(share_of_records) as share_of_records,
    sum(share_of_revenue) as share_of_revenue,
from {{ ref('mart_identity_coverage') }}
group by source_system, month_on
having
    sum(share_of_records) != 1
    or sum(share_of_revenue) != 1
    -- either every method of a month knows its share or none does
    or count(share_of_revenue) not in (0, count(*))
