-- One row per term type: what a booked amount has meant in starting ARR. CRM amounts are annual in one company and
-- whole contract values in the next; the median of won deals with a known subscription tells. Under 30 deals the
-- median over all term types is used, and under 30 in all, one.
with states as (

    select * from {{ ref('int_opportunity__state') }}
    where is_won and amount > 0

),

signals as (

    select * from {{ ref('int_opportunity__signal') }}

),

customers as (

    select * from {{ ref('int_lifecycle__customer') }}

),

customer_months as (

    select * from {{ ref('fct_customer_month') }}
    where age_month = 0 and mrr_cents > 0

),

rates as (

    select * from {{ ref('int_revenue__fx_rate_as_of') }}

),

reporting as (

    select exponent from {{ ref('int_revenue__currency') }}
    where is_reporting_currency

),

ratios as (

    select
        {{ term_type_of('signals.contract_term_months') }} as term_type,
        cast(customer_months.mrr_cents * 12 as double)
        / (cast({{ convert_amount('states.amount', 'rates.rate_to_reporting') }} as double) * power(10, reporting.exponent))
            as arr_per_amount,
    from states
    inner join signals on states.opportunity_id = signals.opportunity_id
    inner join customers on states.opportunity_id = customers.opportunity_id
    inner join customer_months on customers.customer_id = customer_months.customer_id
    inner join rates on states.currency = rates.currency
    cross join reporting

),

overall as (

    select
        count(*) as n_deals,
        median(arr_per_amount) as arr_per_amount,
    from ratios

),

per_term as (

    select
        term_type,
        count(*) as n_deals,
        median(arr_per_amount) as arr_per_amount,
    from ratios
    group by term_type

),

term_types as (

    select unnest(['monthly', 'annual', 'multi', 'unknown']) as term_type

),

final as (

    select
        term_types.term_type,
        coalesce(per_term.n_deals, 0) as n_deals,
        case
            when per_term.n_deals >= 30 then cast(round(per_term.arr_per_amount, 4) as decimal(12, 4))
            when overall.n_deals >= 30 then cast(round(overall.arr_per_amount, 4) as decimal(12, 4))
            else cast(1 as decimal(12, 4))
        end as arr_per_amount,
    from term_types
    cross join overall
    left join per_term on term_types.term_type = per_term.term_type

)

select * from final
