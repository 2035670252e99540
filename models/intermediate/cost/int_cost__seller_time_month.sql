-- One row per seller (null = a deal without one) and complete month without a stated sales cost: the selling time of the
-- deals decided in that month, won and lost, at the assumed hours per stage and cost per hour. An assumption and no
-- measurement; where the company states what sales costs, this model is empty.
with deals as (

    select * from {{ ref('int_opportunity__state') }}
    where is_closed

),

stages as (

    select max(stages_left) as n_stages from {{ ref('int_opportunity__stage') }}

),

gtm_lines as (

    select * from {{ ref('int_cost__gtm_line') }}
    where cost_type = 'sales'

),

months as (

    select * from {{ ref('dim_month') }}

),

reporting as (

    select exponent from {{ ref('int_revenue__currency') }}
    where is_reporting_currency

),

assumptions as (

    select
        max(value) filter (where assumption_key = 'seller_hour_cost') as seller_hour_cost,
        max(value) filter (where assumption_key = 'selling_hours_per_stage') as selling_hours_per_stage,
    from {{ ref('int_cost__assumption') }}

),

decided as (

    select
        months.month_on,
        months.calendar_quarter,
        deals.owner_user_id,
        count(*) as n_deals,
    from deals
    inner join months
        on deals.closed_at >= cast(months.month_on as timestamp) and deals.closed_at < cast(months.next_month_on as timestamp)
    where months.month_on not in (select gtm_lines.month_on from gtm_lines)
    group by months.month_on, months.calendar_quarter, deals.owner_user_id

),

final as (

    select
        decided.owner_user_id,
        decided.month_on,
        decided.calendar_quarter,
        decided.n_deals,
        cast(decided.n_deals * stages.n_stages * assumptions.selling_hours_per_stage as decimal(18, 2)) as selling_hours,
        {{ convert_to_minor_units(
            'decided.n_deals * stages.n_stages * assumptions.selling_hours_per_stage * assumptions.seller_hour_cost',
            '1', 'reporting.exponent'
        ) }} as cost_cents,
    from decided
    cross join stages
    cross join assumptions
    cross join reporting

)

select * from final
