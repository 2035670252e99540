-- A Monday begins its own week, the Sunday after it still belongs to it, and the next day does not.
with days as (

    select
        timestamp '2026-11-02 00:00:00' as moment,
        date '2026-11-02' as monday_on
    union all
    select
        timestamp '2026-11-08 23:59:59' as moment,
        date '2026-11-02' as monday_on
    union all
    select
        timestamp '2026-11-09 00:00:00' as moment,
        date '2026-11-09' as monday_on
    union all
    select
        timestamp '2027-01-01 12:00:00' as moment,
        date '2026-12-28' as monday_on

)

select
    moment,
    monday_on,
    {{ get_week_start('moment') }} as found_on,
from days
where {{ get_week_start('moment') }} is distinct from monday_on
