-- One row per stated onboarding line and customer it is shared to: those that started in its month, in proportion to their
-- starting MRR, in equal parts when it is unknown for one of them or zero. One row without customer, and with the reason,
-- when nobody can be found. Shares sum to the line, to the cent.
with onboarding_lines as (

    select * from {{ ref('int_cost__gtm_line') }}
    where cost_type = 'onboarding'

),

customers as (

    select * from {{ ref('int_lifecycle__customer') }}

),

customer_segments as (

    select * from {{ ref('int_lifecycle__customer_segment') }}

),

segments as (

    select segment_id from {{ ref('dim_segment') }}

),

customer_months as (

    select * from {{ ref('fct_customer_month') }}

),

starts as (

    select
        customers.customer_id,
        customers.start_month_on,
        customer_segments.segment_id,
        customer_months.mrr_cents as starting_mrr_cents,
    from customers
    inner join customer_segments on customers.customer_id = customer_segments.customer_id
    left join customer_months
        on
            customers.customer_id = customer_months.customer_id
            and customers.start_month_on = customer_months.month_on

),

scoped as (

    select
        onboarding_lines.*,
        onboarding_lines.segment_key is not null
        and onboarding_lines.segment_key != 'unassigned'
        and segments.segment_id is null as is_segment_unknown,
    from onboarding_lines
    left join segments on onboarding_lines.segment_key = segments.segment_id

),

candidates as (

    select
        scoped.cost_line_id,
        starts.customer_id,
        case
            when
                bool_and(coalesce(starts.starting_mrr_cents > 0, false)) over (partition by scoped.cost_line_id)
                then starts.starting_mrr_cents
            else 1
        end as weight,
        case
            when
                bool_and(coalesce(starts.starting_mrr_cents > 0, false)) over (partition by scoped.cost_line_id)
                then 'starting_mrr'
            else 'equal'
        end as basis,
    from scoped
    inner join starts
        on
            scoped.month_on = starts.start_month_on
            and coalesce(scoped.segment_key = starts.segment_id, true)
    where not scoped.is_segment_unknown and scoped.cost_cents is not null

),

weighted as (

    select
        cost_line_id,
        customer_id,
        basis,
        weight,
        sum(weight) over (
            partition by cost_line_id order by customer_id rows between unbounded preceding and current row
        ) as weight_until,
        sum(weight) over (partition by cost_line_id) as weight_total,
    from candidates

),

final as (

    select
        scoped.cost_line_id,
        scoped.month_on,
        weighted.customer_id,
        coalesce(weighted.basis, 'none') as basis,
        case
            when weighted.customer_id is not null then null
            when scoped.cost_cents is null then 'no_rate'
            when scoped.is_segment_unknown then 'segment_not_found'
            else 'no_start_in_month'
        end as unallocated_reason,
        case
            when weighted.customer_id is null then scoped.cost_cents
            else {{ allocate_cumulative(
                'scoped.cost_cents', 'weighted.weight_until - weighted.weight', 'weighted.weight_until',
                'weighted.weight_total'
            ) }}
        end as cost_cents,
    from scoped
    left join weighted on scoped.cost_line_id = weighted.cost_line_id

)

select * from final
