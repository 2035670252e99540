-- One row per segment (`all` = every customer, `unassigned` = those without one) and month since the deal closed: what
-- customers signed, were invoiced, brought in as revenue and paid, each summed over the same customers. A customer counts in a
-- month only if that month is over for it, so every amount of a row, cumulative ones too, is a sum over the
-- n_customers_known customers of the row; amounts of two rows are comparable per customer only.
with customers as (

    select * from {{ ref('fct_cash_customer') }}

),

customer_months as (

    select * from {{ ref('fct_cash_customer_month') }}

),

segments as (

    select * from {{ ref('dim_segment') }}

),

unit_economics as (

    select
        segment_id,
        cac_amount,
    from {{ ref('mart_lifecycle_unit_economics') }}

),

-- Unknown in one amount is left out of all of them. Payments or invoices that no customer has leave theirs null instead.
coverage as (

    select
        coalesce(bool_or(invoiced_cents is not null), false) as has_invoices,
        coalesce(bool_or(collected_cents is not null), false) as has_payments,
    from customer_months

),

judged as (

    select
        customer_months.*,
        customers.booked_cents,
        customers.reporting_exponent,
        (customer_months.cumulative_invoiced_cents is not null or not coverage.has_invoices)
        and (customer_months.cumulative_recognised_cents is not null or not coverage.has_invoices)
        and (customer_months.cumulative_collected_cents is not null or not coverage.has_payments) as is_known,
    from customer_months
    inner join customers on customer_months.customer_id = customers.customer_id
    cross join coverage

),

counted as (

    select
        segment_id as counted_in,
        *,
    from judged

    union all

    select
        'all' as counted_in,
        *,
    from judged

),

totals as (

    select
        segment_id as counted_in,
        count(*) as n_customers,
    from customers
    group by segment_id

    union all

    select
        'all' as counted_in,
        count(*) as n_customers,
    from customers

),

summed as (

    select
        counted_in,
        month_since_close,
        max(reporting_exponent) as reporting_exponent,
        max(costs_left_out) as costs_left_out,
        count(*) as n_customers_observed,
        count(*) filter (where is_known) as n_customers_known,
        count(booked_cents) filter (where is_known) as n_customers_booked,
        count(cumulative_collected_margin_cents) filter (where is_known) as n_customers_costed,
        sum(booked_cents) filter (where is_known) as booked_cents,
        {% for measure in ['invoiced', 'recognised', 'collected'] -%}
            sum({{ measure }}_cents) filter (where is_known) as {{ measure }}_cents,
            sum(cumulative_{{ measure }}_cents) filter (where is_known) as cumulative_{{ measure }}_cents,
        {% endfor -%}
        sum(cumulative_collected_margin_cents) filter (where is_known) as cumulative_collected_margin_cents,
        sum(receivable_cents) filter (where is_known) as receivable_cents,
        sum(receivable_cent_days) filter (where is_known) as receivable_cent_days,
        sum(paid_cents) filter (where is_known) as paid_cents,
        sum(paid_cent_days) filter (where is_known) as paid_cent_days,
    from counted
    group by counted_in, month_since_close

),

costed as (

    select
        summed.*,
        unit_economics.cac_amount,
        {{ convert_to_major_units('summed.cumulative_collected_margin_cents', 'summed.reporting_exponent') }}
            as cumulative_collected_margin_amount,
        -- the cost of winning the customers whose margin is summed, no others
        unit_economics.cac_amount * cast(nullif(summed.n_customers_costed, 0) as decimal(15, 0)) as acquisition_amount,
    from summed
    left join unit_economics on summed.counted_in = unit_economics.segment_id

),

paid_back as (

    select
        counted_in,
        min(case when cumulative_collected_margin_amount >= acquisition_amount then month_since_close end) as payback_month,
        coalesce(bool_or(cumulative_collected_margin_amount is not null and acquisition_amount is not null), false)
            as is_payback_known,
    from costed
    group by counted_in

),

final as (

    select
        costed.counted_in as segment_id,
        {{ name_group('costed.counted_in', 'segments.segment_name') }} as segment_name,
        costed.month_since_close,
        {{ as_of_date() }} as as_of_date,
        totals.n_customers,
        costed.n_customers_observed,
        costed.n_customers_known,
        costed.n_customers_booked,
        {% for measure in [
            'booked', 'invoiced', 'recognised', 'collected', 'cumulative_invoiced', 'cumulative_recognised',
            'cumulative_collected', 'receivable',
        ] -%}
            {{ convert_to_major_units('costed.' ~ measure ~ '_cents', 'costed.reporting_exponent') }} as {{ measure }}_amount,
        {% endfor -%}
        cast({{ round_ratio('costed.receivable_cent_days', 'nullif(costed.receivable_cents, 0)') }} as integer)
            as days_outstanding,
        cast(
            case
                when costed.paid_cents > 0
                    then {{ round_ratio('costed.paid_cent_days', 'nullif(greatest(costed.paid_cents, 0), 0)') }}
            end as integer
        ) as days_to_pay,
        costed.n_customers_costed,
        costed.cumulative_collected_margin_amount,
        costed.cac_amount as cac_per_customer_amount,
        cast(paid_back.payback_month as integer) as payback_month,
        case
            when paid_back.payback_month is not null then 'reached'
            when paid_back.is_payback_known then 'not_yet'
            else 'unknown'
        end as payback_status,
        costed.costs_left_out,
        {{ flag_low_support('costed.n_customers_known') }} as is_low_support,
    from costed
    inner join totals on costed.counted_in = totals.counted_in
    inner join paid_back on costed.counted_in = paid_back.counted_in
    left join segments on costed.counted_in = segments.segment_id

)

select * from final
