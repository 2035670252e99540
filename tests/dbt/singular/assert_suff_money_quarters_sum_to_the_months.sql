-- A failing row means that a segment's margin or support differs between its months of age and its calendar quarters, so
-- that the shock of a quarter would be measured on other money than the rate it widens. Compares cents exactly.
with monthly as (

    select
        segment_id,
        sum(n_margin_known) as n_margin_known,
        sum(sum_margin_arr_cents) as margin_arr_cents,
        sum(sum_margin_revenue_cents) as margin_revenue_cents,
        sum(sum_gross_margin_cents) as gross_margin_cents,
        sum(n_support_known) as n_support_known,
        sum(sum_support_arr_cents) as support_arr_cents,
        sum(sum_support_cents) as support_cents,
    from {{ ref('suff_money_monthly') }}
    group by segment_id

),

quarterly as (

    select
        segment_id,
        sum(n_margin_known) as n_margin_known,
        sum(sum_margin_arr_cents) as margin_arr_cents,
        sum(sum_margin_revenue_cents) as margin_revenue_cents,
        sum(sum_gross_margin_cents) as gross_margin_cents,
        sum(n_support_known) as n_support_known,
        sum(sum_support_arr_cents) as support_arr_cents,
        sum(sum_support_cents) as support_cents,
    from {{ ref('suff_money_quarterly') }}
    group by segment_id

),

-- what stands in one of the two only
different as (

    (
        select * from monthly
        except all
        select * from quarterly
    )

    union all

    (
        select * from quarterly
        except all
        select * from monthly
    )

)

select * from different
