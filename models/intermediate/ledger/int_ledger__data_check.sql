-- One row per check on closed months: those that later data changed, by how much. It holds until the month is closed
-- again, because until then what was reported is not what is known.
with closes as (

    select * from {{ ref('fct_period_close') }}
    where is_current

),

-- which segment a customer counts in is learned anew in every build and changes nothing that was reported in total
changes as (

    select
        period_on,
        version,
        count(*) as n_changes,
    from {{ ref('fct_period_correction') }}
    where reason <> 'reclassified'
    group by period_on, version

),

worded as (

    select
        closes.status,
        closes.period_on,
        changes.n_changes,
        strftime(closes.period_on, '%Y-%m') || ' by ' || changes.n_changes
        || case changes.n_changes when 1 then ' line' else ' lines' end
        || ' (' || closes.n_late_documents || ' late), margin '
        || case when closes.corrections_amount > 0 then '+' else '' end || cast(closes.corrections_amount as varchar)
        || ' {{ var("reporting_currency") }}' as in_words,
    from closes
    inner join changes on closes.period_on = changes.period_on and closes.version = changes.version

),

closed_corrected as (

    select
        'closed_months_corrected' as check_name,
        case when count(*) = 0 then 'pass' else 'warn' end as status,
        cast(coalesce(sum(n_changes), 0) as bigint) as n_rows,
        coalesce(
            'Closed months that later data changed: ' || string_agg(in_words, '; ' order by period_on)
            || '. See mart_period_close_correction',
            'No closed month was changed by later data'
        ) as detail,
    from worded
    where status = 'closed'

),

soft_closed_corrected as (

    select
        'soft_closed_months_corrected' as check_name,
        case when count(*) = 0 then 'pass' else 'info' end as status,
        cast(coalesce(sum(n_changes), 0) as bigint) as n_rows,
        coalesce(
            'Soft-closed months that later data changed: ' || string_agg(in_words, '; ' order by period_on),
            'No soft-closed month was changed by later data'
        ) as detail,
    from worded
    where status = 'soft_closed'

),

unioned as (

    select * from closed_corrected
    union all
    select * from soft_closed_corrected

),

final as (

    select
        check_name,
        'finance' as check_group,
        status,
        n_rows,
        detail,
    from unioned

)

select * from final
