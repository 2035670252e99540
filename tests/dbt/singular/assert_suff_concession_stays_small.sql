-- A failing row means that the counts behind the effects of concessions have outgrown what a sufficient statistic may be, so that
-- Python's work would grow with the company, or that a deal is counted twice in a concession type.
with sizes as (

    select
        (select count(*) from {{ ref('suff_concession') }}) as n_rows,
        (select count(*) from {{ ref('int_opportunity__concession') }}) as n_deals,

),

per_type as (

    select
        concession_type,
        sum(n_deals) as n_deals,
    from {{ ref('suff_concession') }}
    group by concession_type

)

select
    per_type.concession_type,
    per_type.n_deals,
    sizes.n_deals as n_expected,
    sizes.n_rows,
from per_type
cross join sizes
where sizes.n_rows > 200000 or per_type.n_deals != sizes.n_deals
