-- One row per document of a cost to serve, complete month and customer it is shared to: support by ticket, onboarding by
-- stated cost line, payment fees by balance transaction. What leads to no customer stays in rows without one, so that the
-- rows of a pool and month always sum to the pool.
with months as (

    select * from {{ ref('dim_month') }}

),

ticket_costs as (

    select * from {{ ref('int_cost__ticket_cost') }}

),

onboarding_shares as (

    select * from {{ ref('int_cost__onboarding_share') }}

),

payment_fees as (

    select * from {{ ref('int_cost__payment_fee') }}

),

final as (

    select
        'support' as pool,
        months.month_on,
        ticket_costs.customer_id,
        'ticket_time' as basis,
        'ticket' as document_type,
        ticket_costs.ticket_id as document_id,
        case
            when bool_or(ticket_costs.support_cost_cents is null) then 'no_rate'
            when ticket_costs.customer_id is null then 'ticket_without_customer'
        end as unallocated_reason,
        -- time without a rate makes the whole ticket unknown
        cast(
            case when count(*) = count(ticket_costs.support_cost_cents) then sum(ticket_costs.support_cost_cents) end as bigint
        ) as cost_cents,
    from ticket_costs
    inner join months on ticket_costs.month_on = months.month_on
    group by months.month_on, ticket_costs.customer_id, ticket_costs.ticket_id

    union all

    select
        'onboarding' as pool,
        month_on,
        customer_id,
        basis,
        'gtm_line' as document_type,
        cost_line_id as document_id,
        unallocated_reason,
        cost_cents,
    from onboarding_shares

    union all

    select
        'payment_fees' as pool,
        month_on,
        customer_id,
        'charge' as basis,
        'balance_transaction' as document_type,
        balance_transaction_id as document_id,
        case
            when cost_cents is null then 'no_rate'
            when charge_id is null then 'no_charge'
            when customer_id is null then 'charge_without_customer'
        end as unallocated_reason,
        cost_cents,
    from payment_fees

)

select * from final
