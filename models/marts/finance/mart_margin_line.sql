-- One row per month, customer, component of margin and document line: what it adds to contribution margin, costs and
-- credits negative. The cells of mart_margin_durability are sums of these rows.
with margin_lines as (

    select * from {{ ref('fct_margin_line') }}

),

final as (

    select
        month_on,
        segment_id,
        customer_id,
        component,
        document_type,
        document_id,
        document_line_id,
        revenue_kind,
        currency,
        amount_minor,
        {{ convert_to_major_units('amount_cents', 'reporting_exponent') }} as amount,
        {{ convert_to_major_units('list_cents', 'reporting_exponent') }} as list_value_amount,
        {{ convert_to_major_units('discount_cents', 'reporting_exponent') }} as discount_amount,
        {{ as_of_date() }} as as_of_date,
    from margin_lines

)

select * from final
