-- One row per line that a standing version reported or that a recorded correction added to it: what it says after all
-- corrections that were on record on the as-of day.
with versions as (

    select * from {{ ref('int_ledger__version') }}
    where is_current and status <> 'open'

),

reported as (

    select lines.*
    from {{ ref('stg_ledger__reported_line') }} as lines
    inner join versions on lines.period_on = versions.period_on and lines.version = versions.version

),

corrections as (

    select
        corrections.*,
        row_number() over (
            partition by corrections.period_on, corrections.version, {{ list_line_key() | join(', ') }}
            order by corrections.correction_no desc
        ) as newest_first,
    from {{ ref('stg_ledger__correction') }} as corrections
    inner join versions on corrections.period_on = versions.period_on and corrections.version = versions.version
    where corrections.found_on <= {{ as_of_date() }}

),

last_corrections as (

    select * from corrections
    where newest_first = 1

),

final as (

    select
        coalesce(reported.period_on, last_corrections.period_on) as period_on,
        coalesce(reported.version, last_corrections.version) as version,
        {% for column in list_line_key() -%}
            coalesce(reported.{{ column }}, last_corrections.{{ column }}) as {{ column }},
        {% endfor -%}
        coalesce(last_corrections.correction_no, 0) as n_corrections,
        coalesce(last_corrections.is_present_after, true) as is_present,
        case
            when last_corrections.correction_no is null then reported.amount_minor
            else last_corrections.amount_minor_after
        end as amount_minor,
        case
            when last_corrections.correction_no is null then reported.amount
            else last_corrections.amount_after
        end as amount,
    from reported
    full outer join last_corrections
        on {{ match_line_key('reported', 'last_corrections') }}

)

select * from final
