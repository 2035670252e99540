-- A failing row is a cost to serve whose shares do not sum to its document, or a document that reached no row at all: a
-- ticket's time, a stated onboarding line, or a provider's fee was lost, doubled or charged twice. Compares the known part;
-- that an unknown part stays unknown is the business of the unit tests.
with documents as (

    select
        'support' as pool,
        tickets.month_on,
        tickets.ticket_id as document_id,
        -- one moment without a rate makes the ticket unknown
        case when count(*) = count(tickets.support_cost_cents) then sum(tickets.support_cost_cents) end as cost_cents,
    from {{ ref('int_cost__ticket_cost') }} as tickets
    inner join {{ ref('dim_month') }} as months on tickets.month_on = months.month_on
    group by tickets.month_on, tickets.ticket_id

    union all

    select
        'onboarding' as pool,
        month_on,
        cost_line_id as document_id,
        cost_cents,
    from {{ ref('int_cost__gtm_line') }}
    where cost_type = 'onboarding'

    union all

    select
        'payment_fees' as pool,
        month_on,
        balance_transaction_id as document_id,
        cost_cents,
    from {{ ref('int_cost__payment_fee') }}

),

shares as (

    select
        pool,
        month_on,
        document_id,
        sum(cost_cents) as cost_cents,
        -- either shared or not, never both
        count(distinct customer_id is null) as n_kinds,
    from {{ ref('fct_cost_allocation') }}
    group by pool, month_on, document_id

)

select
    coalesce(documents.pool, shares.pool) as pool,
    coalesce(documents.month_on, shares.month_on) as month_on,
    coalesce(documents.document_id, shares.document_id) as document_id,
    documents.cost_cents as document_cents,
    shares.cost_cents as shared_cents,
from documents
full join shares
    on
        documents.pool = shares.pool
        and documents.month_on = shares.month_on
        and documents.document_id = shares.document_id
where
    documents.cost_cents is distinct from shares.cost_cents
    or documents.document_id is null
    or shares.document_id is null
    or shares.n_kinds != 1
