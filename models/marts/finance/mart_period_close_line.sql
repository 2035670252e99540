-- One row per version of a close, measure, segment and currency: as reported, corrections, as restated.
with lines as (

    select * from {{ ref('fct_period_close_line') }}

),

final as (

    select
        strftime(period_on, '%Y-%m') as period,
        period_on,
        version,
        measure,
        segment_id,
        currency,
        is_standing,
        n_reported_lines,
        n_corrections,
        as_reported_minor,
        corrections_minor,
        as_restated_minor,
        today_minor,
        as_reported_amount,
        corrections_amount,
        as_restated_amount,
        today_amount,
        {{ as_of_date() }} as as_of_date,
    from lines

)

select * from final
