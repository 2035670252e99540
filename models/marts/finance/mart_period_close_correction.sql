-- One row per corrected line of a closed version and correction: the document behind it, why, since when, by how much.
with corrections as (

    select * from {{ ref('fct_period_correction') }}

),

final as (

    select
        strftime(period_on, '%Y-%m') as period,
        period_on,
        version,
        {% for column in list_line_key() -%}
            {{ column }},
        {% endfor -%}
        correction_no,
        reason,
        found_on,
        is_present_before,
        is_present_after,
        amount_minor_before,
        amount_minor_after,
        amount_minor_delta,
        amount_before,
        amount_after,
        amount_delta,
        {{ as_of_date() }} as as_of_date,
    from corrections

)

select * from final
