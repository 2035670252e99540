-- A failing row is a line that was billed by the last complete month and whose bill is not what was recognised by then, plus
-- credits, plus what its service dates say remains, to the minor unit.
with flows as (

    select
        invoice_id,
        invoice_line_item_id,
        sum(billed_minor) as billed_minor,
        sum(credited_minor) as credited_minor,
        sum(recognised_minor) as recognised_minor,
    from {{ ref('fct_revenue_line_month') }}
    group by invoice_id, invoice_line_item_id

),

credited as (

    select
        invoice_id,
        invoice_line_item_id,
        sum(net_minor) as net_minor,
    from {{ ref('int_revenue__credit_line') }}
    where credited_month_on <= {{ last_complete_month() }}
    group by invoice_id, invoice_line_item_id

),

credits as (

    select
        credited.invoice_id,
        credited.invoice_line_item_id,
        credited.net_minor - {{ allocate_cumulative(
            'credited.net_minor', '0',
            'greatest(least(' ~ add_months(last_complete_month(), 1) ~ ', lines.service_until_on), lines.service_from_on)'
            ~ ' - lines.service_from_on',
            'lines.service_until_on - lines.service_from_on'
        ) }} as remaining_minor,
    from credited
    inner join {{ ref('int_revenue__invoice_line') }} as lines
        on credited.invoice_id = lines.invoice_id and credited.invoice_line_item_id = lines.invoice_line_item_id

),

remaining as (

    select
        invoice_id,
        invoice_line_item_id,
        net_minor - {{ allocate_cumulative(
            'net_minor', '0',
            'greatest(least(' ~ add_months(last_complete_month(), 1) ~ ', service_until_on), service_from_on)'
            ~ ' - service_from_on',
            'service_until_on - service_from_on'
        ) }} as remaining_minor,
    from {{ ref('int_revenue__invoice_line') }}
    where billed_month_on <= {{ last_complete_month() }}

)

select
    remaining.invoice_id,
    remaining.invoice_line_item_id,
    flows.billed_minor,
    flows.credited_minor,
    flows.recognised_minor,
    remaining.remaining_minor,
    credits.remaining_minor as credit_remaining_minor,
from remaining
left join flows
    on remaining.invoice_id = flows.invoice_id and remaining.invoice_line_item_id = flows.invoice_line_item_id
left join credits
    on remaining.invoice_id = credits.invoice_id and remaining.invoice_line_item_id = credits.invoice_line_item_id
where
    flows.billed_minor - flows.credited_minor - flows.recognised_minor
    is distinct from remaining.remaining_minor - coalesce(credits.remaining_minor, 0)
