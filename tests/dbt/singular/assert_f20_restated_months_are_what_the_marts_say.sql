-- A failing row is a sum of a closed month where what was reported and all corrections do not make what the marts of
-- margin lines and MRR movements say today, to the unit. Reads the published marts themselves, not what the corrections
-- were found from.
with restated as (

    select
        period_on,
        measure,
        segment_id,
        currency,
        as_reported_minor + corrections_minor as minor,
        as_reported_amount + corrections_amount as amount,
    from {{ ref('mart_period_close_line') }}
    where is_standing

),

closes as (

    select period_on from {{ ref('mart_period_close') }}
    where is_current and status <> 'open'

),

today as (

    select
        lines.month_on as period_on,
        lines.component as measure,
        lines.segment_id,
        coalesce(lines.currency, '') as currency,
        coalesce(sum(lines.amount_minor), 0) as minor,
        coalesce(sum(lines.amount), 0) as amount,
    from {{ ref('mart_margin_line') }} as lines
    inner join closes on lines.month_on = closes.period_on
    group by lines.month_on, lines.component, lines.segment_id, coalesce(lines.currency, '')

    {% for movement in list_mrr_measures() -%}
        union all

        select
            movements.month_on as period_on,
            'mrr_{{ movement }}' as measure,
            movements.segment_id,
            movements.currency,
            0 as minor,
            coalesce(sum(movements.{{ 'fx' if movement == 'fx' else 'reporting_' ~ movement }}_amount), 0) as amount,
        from {{ ref('mart_mrr_movement_month') }} as movements
        inner join closes on movements.month_on = closes.period_on
        group by movements.month_on, movements.segment_id, movements.currency

    {% endfor -%}
)

select
    coalesce(restated.period_on, today.period_on) as period_on,
    coalesce(restated.measure, today.measure) as measure,
    coalesce(restated.segment_id, today.segment_id) as segment_id,
    coalesce(restated.currency, today.currency) as currency,
    restated.minor as restated_minor,
    today.minor as today_minor,
    restated.amount as restated_amount,
    today.amount as today_amount,
from restated
full outer join today
    on
        restated.period_on = today.period_on
        and restated.measure = today.measure
        and restated.segment_id = today.segment_id
        and restated.currency = today.currency
where
    coalesce(restated.minor, 0) <> coalesce(today.minor, 0)
    or coalesce(restated.amount, 0) <> coalesce(today.amount, 0)
