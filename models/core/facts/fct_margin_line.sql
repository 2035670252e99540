-- One row per month, customer, component of margin and document line: what it adds to contribution margin in
-- reporting-currency cents, costs and credits negative. Additive over everything. Null cents: unknown. What leads to no
-- customer stands under customer and segment `unplaced`.
with revenue_lines as (

    select * from {{ ref('int_revenue__margin_line_month') }}

),

credits as (

    select * from {{ ref('int_revenue__margin_credit_month') }}

),

contra as (

    select * from {{ ref('int_revenue__contra_revenue') }}

),

costs as (

    select * from {{ ref('fct_cost_allocation') }}

),

segments as (

    select * from {{ ref('int_lifecycle__customer_segment') }}

),

reporting as (

    select exponent from {{ ref('int_revenue__currency') }}
    where is_reporting_currency

),

unioned as (

    select
        month_on,
        customer_id,
        'recognised' as component,
        'invoice_line' as document_type,
        invoice_id as document_id,
        invoice_line_item_id as document_line_id,
        revenue_kind,
        currency,
        earned_minor as amount_minor,
        earned_cents as amount_cents,
        list_cents,
        discount_cents,
    from revenue_lines
    where list_minor != 0 or earned_minor != 0

    union all

    select
        month_on,
        customer_id,
        'cost_of_service' as component,
        'invoice_line' as document_type,
        invoice_id as document_id,
        invoice_line_item_id as document_line_id,
        revenue_kind,
        currency,
        null as amount_minor,
        -cost_of_service_cents as amount_cents,
        null as list_cents,
        null as discount_cents,
    from revenue_lines
    where recognised_minor != 0

    union all

    select
        credits.month_on,
        credits.customer_id,
        'credit_note' as component,
        'credit_note' as document_type,
        credits.credit_note_id as document_id,
        credits.invoice_line_item_id as document_line_id,
        revenue_lines.revenue_kind,
        credits.currency,
        -credits.earned_credit_minor as amount_minor,
        -credits.earned_credit_cents as amount_cents,
        null as list_cents,
        null as discount_cents,
    from credits
    inner join revenue_lines
        on
            credits.invoice_id = revenue_lines.invoice_id
            and credits.invoice_line_item_id = revenue_lines.invoice_line_item_id
            and credits.month_on = revenue_lines.month_on

    union all

    select
        month_on,
        customer_id,
        document_type as component,
        document_type,
        document_id,
        '' as document_line_id,
        'none' as revenue_kind,
        currency,
        -net_minor as amount_minor,
        -net_cents as amount_cents,
        null as list_cents,
        null as discount_cents,
    from contra
    where net_minor != 0 and month_on <= {{ last_complete_month() }}

    union all

    select
        month_on,
        customer_id,
        pool as component,
        document_type,
        document_id,
        '' as document_line_id,
        'none' as revenue_kind,
        null as currency,
        null as amount_minor,
        -- a document with one unknown part is unknown
        case when count(*) = count(cost_cents) then -sum(cost_cents) end as amount_cents,
        null as list_cents,
        null as discount_cents,
    from costs
    where pool in ('support', 'payment_fees', 'onboarding')
    group by month_on, customer_id, pool, document_type, document_id

),

final as (

    select
        unioned.month_on,
        case
            when unioned.customer_id is null then 'unplaced'
            else coalesce(segments.segment_id, 'unassigned')
        end as segment_id,
        coalesce(unioned.customer_id, 'unplaced') as customer_id,
        unioned.component,
        unioned.document_type,
        unioned.document_id,
        unioned.document_line_id,
        unioned.revenue_kind,
        unioned.currency,
        cast(unioned.amount_minor as bigint) as amount_minor,
        cast(unioned.amount_cents as bigint) as amount_cents,
        cast(unioned.list_cents as bigint) as list_cents,
        cast(unioned.discount_cents as bigint) as discount_cents,
        reporting.exponent as reporting_exponent,
    from unioned
    cross join reporting
    left join segments on unioned.customer_id = segments.customer_id

)

select * from final
