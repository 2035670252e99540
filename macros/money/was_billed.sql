{#- True for an invoice that stood as a bill on the as-of day: finalised by then, and not void by then or deleted.
    `invoice` is the alias of a relation with the columns of stg_stripe__invoice. -#}
{% macro was_billed(invoice) -%}
    (
        {{ invoice }}.status != 'draft'
        and not (
            {{ invoice }}.status = 'void'
            and {{ was_known('coalesce(' ~ invoice ~ '.voided_at, ' ~ invoice ~ '.created_at)') }}
        )
        and not {{ invoice }}.is_deleted
        and {{ was_known('coalesce(' ~ invoice ~ '.finalized_at, ' ~ invoice ~ '.created_at)') }}
    )
{%- endmacro %}
