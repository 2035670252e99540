-- One row per customer that stayed twelve complete months with every margin known: its contribution per recurring revenue in
-- months 1 to 6 and 7 to 12, and the usual change of its segment. Support is heaviest and services are delivered at the start,
-- so a bare comparison would show age and not erosion.
with customers as (

    select * from {{ ref('int_lifecycle__customer') }}

),

outcomes as (

    select * from {{ ref('int_lifecycle__outcome_12m') }}
    where not has_churned

),

segments as (

    select * from {{ ref('int_opportunity__segment') }}

),

customer_months as (

    select * from {{ ref('fct_margin_customer_month') }}

),

limits as (

    {{ pick_limits(ref('risk_limit'), {'least_deals_for_habits': 'least_deals', 'margin_fall_points': 'fall_points'}) }}

),

aged as (

    select
        customer_months.*,
        {{ months_between('customers.start_month_on', 'customer_months.month_on') }} as age_month,
        customer_months.recognised_cents - customer_months.services_revenue_cents as recurring_cents,
        customer_months.recognised_cents - customer_months.cost_of_service_cents
        - customer_months.services_margin_cents - customer_months.support_cents as contribution_recurring_cents,
    from customer_months
    inner join customers on customer_months.customer_id = customers.customer_id

),

halves as (

    select
        outcomes.customer_id,
        coalesce(segments.segment_id, 'unassigned') as segment_id,
        sum(aged.recurring_cents) filter (where aged.age_month < 6) as early_revenue_cents,
        sum(aged.recurring_cents) filter (where aged.age_month >= 6) as late_revenue_cents,
        sum(aged.contribution_recurring_cents) filter (where aged.age_month < 6) as early_contribution_cents,
        sum(aged.contribution_recurring_cents) filter (where aged.age_month >= 6) as late_contribution_cents,
    from outcomes
    inner join aged on outcomes.customer_id = aged.customer_id
    left join segments on outcomes.opportunity_id = segments.opportunity_id
    where aged.age_month between 0 and 11
    group by outcomes.customer_id, coalesce(segments.segment_id, 'unassigned')
    having count(*) = 12 and bool_and(aged.has_fx_rate and aged.is_margin_known and aged.is_support_known)

),

rated as (

    select
        customer_id,
        segment_id,
        cast(early_contribution_cents as double) / early_revenue_cents as early_rate,
        cast(late_contribution_cents as double) / late_revenue_cents as late_rate,
        late_rate - early_rate as rate_change,
    from halves
    where early_revenue_cents > 0 and late_revenue_cents > 0

),

habits as (

    select
        case grouping(segment_id) when 1 then 'all' else segment_id end as segment_id,
        count(*) as n_customers,
        median(rate_change) as usual_change,
    from rated
    group by grouping sets ((segment_id), ())  -- noqa: PRS

),

company as (

    select usual_change from habits
    where segment_id = 'all'

),

final as (

    select
        rated.customer_id,
        round(rated.early_rate, 6) as early_rate,
        round(rated.late_rate, 6) as late_rate,
        round(coalesce(own.usual_change, company.usual_change), 6) as usual_change,
        round(rated.rate_change - coalesce(own.usual_change, company.usual_change), 6) as excess_change,
        excess_change <= -limits.fall_points as has_margin_eroded,
    from rated
    cross join limits
    cross join company
    left join habits as own on rated.segment_id = own.segment_id and limits.least_deals <= own.n_customers

)

select * from final
