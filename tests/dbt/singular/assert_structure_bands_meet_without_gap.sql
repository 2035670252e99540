-- A failing row is a band that does not begin where the one below it ends, so that a value would be in no band or in two. The
-- lowest band has no start, the highest no end.
with bands as (

    select
        *,
        lag(until_value) over (partition by dimension order by band_order) as until_before,
        lag(band) over (partition by dimension order by band_order) as band_before,
        lead(band) over (partition by dimension order by band_order) as band_after,
    from {{ ref('structure_band') }}

)

select *
from bands
where
    band = 'unknown'
    or (band_before is null and from_value is not null)
    or (band_before is not null and from_value is distinct from until_before)
    or (band_after is null and until_value is not null)
    or (band_after is not null and until_value is null)
    or from_value >= until_value
