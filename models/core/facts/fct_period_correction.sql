-- One row per line of a closed version and correction of it: those on record, and those that this build found. A build
-- over the same data once they are on record gives the same rows.
with recorded as (

    select corrections.*
    from {{ ref('stg_ledger__correction') }} as corrections
    inner join {{ ref('int_ledger__version') }} as versions
        on corrections.period_on = versions.period_on and corrections.version = versions.version
    where corrections.found_on <= {{ as_of_date() }}

),

found as (

    select * from {{ ref('int_ledger__new_correction') }}

),

unioned as (

    select * from recorded
    union all by name
    select * from found

),

final as (

    select
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
    from unioned

)

select * from final
