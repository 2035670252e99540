-- A failing row is a customer whose month holds two movements that exclude each other, that is new in more than one month,
-- that comes back without having gone, or that leaves without having been there. Expansion in one currency and contraction
-- in another do not exclude each other.
with movements as (

    select
        *,
        (new_amount != 0)::integer + (expansion_amount != 0)::integer + (contraction_amount != 0)::integer
        + (churn_amount != 0)::integer + (reactivation_amount != 0)::integer as n_classes,
    from {{ ref('mart_mrr_movement_month') }}

),

customer_months as (

    select
        customer_id,
        month_on,
        max(n_classes) as most_classes,
        -- a customer whose amount nobody states comes and goes with nothing
        bool_or(
            n_classes = 0 and movement_class != 'none' and not is_opening_unknown and not is_closing_unknown
        ) as is_class_without_amount,
        count(distinct movement_class) filter (where movement_class != 'none') as n_kinds,
        bool_or(movement_class in ('new', 'churn', 'reactivation')) as is_whole,
        bool_or(movement_class = 'new') as is_new,
        bool_or(movement_class = 'churn') as is_churn,
        bool_or(movement_class = 'reactivation') as is_reactivation,
        bool_or(is_closing_unknown) as is_closing_unknown,
        sum(opening_amount) as opening_amount,
        sum(closing_amount) as closing_amount,
    from movements
    group by customer_id, month_on

),

counted as (

    select
        *,
        count(*) filter (where is_new) over (partition by customer_id) as n_new,
        count(*) filter (where is_churn) over (partition by customer_id order by month_on) as n_churned,
        count(*) filter (where is_reactivation) over (partition by customer_id order by month_on) as n_reactivated,
        row_number() over (partition by customer_id order by month_on) as month_rank,
    from customer_months

)

select
    customer_id,
    month_on,
    most_classes,
    n_kinds,
    n_new,
    n_churned,
    n_reactivated,
from counted
where
    most_classes > 1
    or is_class_without_amount
    or (is_whole and n_kinds > 1)
    or n_new != 1
    or is_new != (month_rank = 1)
    -- gone and back take turns, beginning with gone
    or n_reactivated > n_churned
    or n_churned > n_reactivated + 1
    or ((is_new or is_reactivation) and opening_amount != 0)
    or (is_churn and (closing_amount != 0 or is_closing_unknown))
