-- One row per customer and month of age in which it could churn: active at the end of the month before, in its first
-- spell. Censored at the last complete month. A customer that comes back is a new story and is not counted again.
with customer_months as (

    select * from {{ ref('fct_customer_month') }}

),

customers as (

    select * from {{ ref('int_lifecycle__customer') }}

),

segments as (

    select * from {{ ref('int_lifecycle__customer_segment') }}

),

months as (

    select * from {{ ref('dim_month') }}

),

sequenced as (

    select
        customer_id,
        month_on,
        age_month,
        mrr_cents,
        mrr_change_cents,
        has_fx_rate,
        is_active,
        lag(is_active) over (partition by customer_id order by month_on) as was_active,
        lag(mrr_cents) over (partition by customer_id order by month_on) as previous_mrr_cents,
        min(case when not is_active then age_month end) over (partition by customer_id) as first_inactive_age,
    from customer_months

),

final as (

    select
        sequenced.customer_id,
        segments.segment_id,
        customers.term_type,
        customers.bucket,
        sequenced.month_on,
        months.calendar_quarter,
        sequenced.age_month,
        coalesce(
            customers.term_type in ('annual', 'multi')
            and sequenced.age_month % nullif(cast(customers.term_months as integer), 0) = 0,
            false
        ) as is_renewal_month,
        not sequenced.is_active as has_churned,
        coalesce(sequenced.previous_mrr_cents, 0) * 12 as arr_at_risk_cents,
        case when not sequenced.is_active then coalesce(sequenced.previous_mrr_cents, 0) * 12 else 0 end
            as arr_churned_cents,
        -- an expansion is a rise of more than one per cent in an ongoing subscription
        coalesce(
            sequenced.is_active and sequenced.mrr_change_cents * 100 > sequenced.previous_mrr_cents, false
        ) as has_expanded,
        case when sequenced.is_active then greatest(sequenced.mrr_change_cents, 0) * 12 end as arr_added_cents,
    from sequenced
    inner join customers on sequenced.customer_id = customers.customer_id
    inner join months on sequenced.month_on = months.month_on
    inner join segments on sequenced.customer_id = segments.customer_id
    where
        sequenced.age_month >= 1
        and sequenced.was_active
        and sequenced.age_month <= coalesce(sequenced.first_inactive_age, sequenced.age_month)

)

select * from final
