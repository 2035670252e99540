-- One row per check on closed months: those that later data changed, by how much. It holds until the month is closed
-- again, because until then what was reported is not what is known.
with corrected as (

    select
        closes.period_on,
        closes.version,
        closes.status,
        closes.n_corrections,
        closes.n_late_documents,
        closes.corrections_amount,
    from {{ ref('fct_period_close') }} as closes
    where closes.is_current and closes.n_corrections > 0

),

worded as (

    select
        status,
        period_on,
        n_corrections,
        strftime(period_on, '%Y-%m') || ' by ' || n_corrections || case n_corrections when 1 then ' line' else ' lines' end
        || ' (' || n_late_documents || ' late), margin '
        || case when corrections_amount > 0 then '+' else '' end || cast(corrections_amount as varchar)
        || ' {{ var("reporting_currency") }}' as in_words,
    from corrected

),

closed_corrected as (

    select
        'closed_months_corrected' as check_name,
        case when count(*) = 0 then 'pass' else 'warn' end as status,
        cast(coalesce(sum(n_corrections), 0) as bigint) as n_rows,
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
        cast(coalesce(sum(n_corrections), 0) as bigint) as n_rows,
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
