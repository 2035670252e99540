-- A failing row is a closed month that later data changed without a warning that names it: the alert of a late row must
-- not be lost on its way to mart_data_quality. Lines that only moved to another segment or customer need none.
with changed as (

    select distinct
        period_on,
        version,
    from {{ ref('mart_period_close_correction') }}
    where reason <> 'reclassified'

)

select
    closes.period,
    closes.n_corrections,
    checks.status,
    checks.detail,
from {{ ref('mart_period_close') }} as closes
inner join changed on closes.period_on = changed.period_on and closes.version = changed.version
left join {{ ref('mart_data_quality') }} as checks on checks.check_name = 'closed_months_corrected'
where
    closes.is_current
    and closes.status = 'closed'
    and (checks.status is distinct from 'warn' or not contains(checks.detail, closes.period))
