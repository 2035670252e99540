-- One row per customer, billing currency and complete month from the first month with MRR onwards, known or not, zero
-- months included. MRR at month end by the policy that the company chose, in minor units, and the same a month before.
-- Where neither price nor bill states an amount the known part counts and the month is flagged: the customer is there.
with policy_months as (

    select * from {{ ref('int_revenue__policy_mrr_month') }}
    where policy = '{{ var("mrr_policy") }}'

),

months as (

    select * from {{ ref('dim_month') }}

),

mrr as (

    select
        customer_id,
        currency,
        month_on,
        coalesce(sum(mrr_minor), 0) as mrr_minor,
        bool_or(mrr_minor is null) as is_mrr_unknown,
    from policy_months
    group by customer_id, currency, month_on

),

first_months as (

    select
        customer_id,
        currency,
        min(month_on) as first_month_on,
    from mrr
    where mrr_minor > 0 or is_mrr_unknown
    group by customer_id, currency

),

filled as (

    select
        first_months.customer_id,
        first_months.currency,
        months.month_on,
        coalesce(mrr.mrr_minor, 0) as mrr_minor,
        coalesce(mrr.is_mrr_unknown, false) as is_mrr_unknown,
    from first_months
    inner join months on first_months.first_month_on <= months.month_on
    left join mrr
        on
            first_months.customer_id = mrr.customer_id
            and first_months.currency = mrr.currency
            and months.month_on = mrr.month_on

),

final as (

    select
        customer_id,
        currency,
        month_on,
        cast(mrr_minor as bigint) as mrr_minor,
        cast(
            lag(mrr_minor) over (partition by customer_id, currency order by month_on)
            as bigint
        ) as previous_mrr_minor,
        is_mrr_unknown,
        coalesce(lag(is_mrr_unknown) over (partition by customer_id, currency order by month_on), false)
            as is_previous_mrr_unknown,
    from filled

)

select * from final
