-- One row per customer and complete month since it is watched: what is left of the ARR it came with, and what it earned and
-- cost. Additive over customers; ARR is a level. Both sides of a ratio are null unless both are known.
with cohorts as (

    select * from {{ ref('int_lifecycle__cohort') }}

),

customer_months as (

    select * from {{ ref('fct_customer_month') }}

),

aged as (

    select
        cohorts.customer_id,
        cohorts.segment_id,
        cohorts.cohort,
        cohorts.cohort_month_on,
        customer_months.month_on,
        cast({{ months_between('cohorts.entry_month_on', 'customer_months.month_on') }} as integer) as age_month,
        customer_months.is_active,
        customer_months.mrr_cents,
        customer_months.is_mrr_unknown,
        customer_months.mrr_change_cents,
        customer_months.revenue_cents,
        customer_months.margin_revenue_cents,
        customer_months.gross_margin_cents,
        customer_months.support_cost_cents,
    from cohorts
    inner join customer_months
        on cohorts.customer_id = customer_months.customer_id and cohorts.entry_month_on <= customer_months.month_on

),

watched as (

    select
        *,
        bool_or(not is_active) over ages_so_far as has_left,
        -- a starting amount of which a part is unknown is no base
        max(case when age_month = 0 and not is_mrr_unknown then mrr_cents * 12 end) over (partition by customer_id)
            as starting_arr_cents,
        coalesce(sum(case when age_month > 0 then mrr_change_cents end) over ages_so_far, 0) * 12 as arr_change_cents,
        count(*) filter (where age_month > 0 and mrr_change_cents is null) over ages_so_far as n_unknown_changes,
    from aged
    window ages_so_far as (partition by customer_id order by month_on rows unbounded preceding)

),

valued as (

    select
        *,
        case
            when starting_arr_cents is null then null
            when not is_active then 0
            -- changes at the rates of their months; a rate that fell may leave a shrunk customer below nothing
            when n_unknown_changes = 0 then greatest(starting_arr_cents + arr_change_cents, 0)
        end as ending_arr_cents,
    from watched

),

lagged as (

    select
        *,
        case
            when age_month between 1 and 12 then starting_arr_cents
            else lag(ending_arr_cents, 12) over (partition by customer_id order by month_on)
        end as year_ago_arr_cents,
    from valued

),

final as (

    select
        customer_id,
        segment_id,
        cohort,
        cohort_month_on,
        month_on,
        age_month,
        is_active,
        has_left,
        cast(case when ending_arr_cents is not null then starting_arr_cents end as bigint) as starting_arr_cents,
        cast(ending_arr_cents as bigint) as ending_arr_cents,
        cast(
            -- least passes over nulls
            case when ending_arr_cents is not null then least(ending_arr_cents, starting_arr_cents) end as bigint
        ) as kept_arr_cents,
        cast(case when ending_arr_cents is not null then year_ago_arr_cents end as bigint) as year_ago_arr_cents,
        cast(case when year_ago_arr_cents is not null then ending_arr_cents end as bigint) as year_end_arr_cents,
        revenue_cents,
        case when gross_margin_cents is not null then margin_revenue_cents end as margin_revenue_cents,
        case when margin_revenue_cents is not null then gross_margin_cents end as gross_margin_cents,
        cast(case when support_cost_cents is not null and not is_mrr_unknown then mrr_cents * 12 end as bigint)
            as support_arr_cents,
        case when mrr_cents is not null and not is_mrr_unknown then support_cost_cents end as support_cost_cents,
    from lagged

)

select * from final
