-- A failing row means that customers at risk or churned were lost or doubled on the way to the hazard model, so that
-- every survival curve is off. Compares totals; does not claim that each customer is in the right segment.
with counted as (

    select
        coalesce(sum(n_at_risk), 0) as n_at_risk,
        coalesce(sum(n_churn), 0) as n_churn,
        coalesce(sum(arr_churned_cents), 0) as arr_churned_cents,
    from {{ ref('suff_hazard_monthly') }}

),

exposed as (

    select
        count(*) as n_at_risk,
        count(*) filter (where has_churned) as n_churn,
        coalesce(sum(arr_churned_cents), 0) as arr_churned_cents,
    from {{ ref('int_lifecycle__exposure_month') }}

),

-- each customer leaves its first spell at most once, whatever joins did above
leavers as (

    select count(distinct customer_id) as n_churn
    from {{ ref('int_lifecycle__exposure_month') }}
    where has_churned

)

select
    counted.n_at_risk as counted_at_risk,
    exposed.n_at_risk as exposed_at_risk,
    counted.n_churn as counted_churn,
    exposed.n_churn as exposed_churn,
    leavers.n_churn as customers_that_left,
from counted
cross join exposed
cross join leavers
where
    counted.n_at_risk != exposed.n_at_risk
    or counted.n_churn != exposed.n_churn
    or counted.n_churn != leavers.n_churn
    or counted.arr_churned_cents != exposed.arr_churned_cents
