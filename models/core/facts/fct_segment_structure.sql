-- One row per segment (`all` and `unassigned` among them), structure dimension and band, `unknown` among them: counts and sums
-- of the decided new-business deals in it. Every band has a row, also without a deal.
with deals as (

    select * from {{ ref('fct_deal_structure') }}

),

dimensions as (

    select * from {{ ref('structure_dimension') }}

),

all_bands as (

    select
        dimension,
        band,
        band_order,
        band_name,
    from {{ ref('structure_band') }}

    union all

    select
        dimension,
        'unknown' as band,
        99 as band_order,
        'Not recorded' as band_name,
    from dimensions

),

segments as (

    select segment_id from {{ ref('dim_segment') }}

    union

    select 'unassigned' as segment_id

    union

    select 'all' as segment_id

),

grid as (

    select
        segments.segment_id,
        all_bands.dimension,
        all_bands.band,
        all_bands.band_order,
        all_bands.band_name,
    from segments
    cross join all_bands

),

measured as (

    select
        *,
        case when is_mature_12m and revenue_12m_cents > 0 and gross_margin_12m_cents is not null then revenue_12m_cents end
            as margin_base_cents,
        case when is_mature_12m and revenue_12m_cents > 0 then gross_margin_12m_cents end as margin_cents,
        case when is_mature_12m and starting_arr_cents > 0 and support_12m_cents is not null then starting_arr_cents end
            as support_base_cents,
        case when is_mature_12m and starting_arr_cents > 0 then support_12m_cents end as support_cents,
        case when accounting_given_up_cents is not null then annual_cents end as accounted_cents,
    from deals

),

summed as (

    select
        case grouping(segment_id) when 1 then 'all' else segment_id end as segment_id,
        dimension,
        band,
        count(*) as n_deals,
        count(*) filter (where is_won) as n_won,
        count(*) filter (where is_mature_12m) as n_mature_12m,
        count(*) filter (where has_churned_12m) as n_churned_12m,
        count(*) filter (where has_expanded_12m) as n_expanded_12m,
        count(margin_base_cents) as n_margin_12m,
        sum(margin_base_cents) as margin_revenue_12m_cents,
        sum(margin_cents) as gross_margin_12m_cents,
        sum(cast(margin_cents as hugeint) * margin_cents) as margin_yy,
        sum(cast(margin_cents as hugeint) * margin_base_cents) as margin_xy,
        sum(cast(margin_base_cents as hugeint) * margin_base_cents) as margin_xx,
        count(support_base_cents) as n_support_12m,
        sum(support_base_cents) as support_arr_12m_cents,
        sum(support_cents) as support_12m_cents,
        sum(cast(support_cents as hugeint) * support_cents) as support_yy,
        sum(cast(support_cents as hugeint) * support_base_cents) as support_xy,
        sum(cast(support_base_cents as hugeint) * support_base_cents) as support_xx,
        count(n_bills_paid) as n_payers_12m,
        sum(n_bills_paid) as n_bills_paid_12m,
        sum(days_to_pay) as days_to_pay_12m,
        sum(cast(days_to_pay as hugeint) * days_to_pay) as pay_yy,
        sum(cast(days_to_pay as hugeint) * n_bills_paid) as pay_xy,
        sum(cast(n_bills_paid as hugeint) * n_bills_paid) as pay_xx,
        count(accounted_cents) as n_accounted,
        sum(accounted_cents) as accounted_annual_cents,
        sum(case when accounted_cents is not null then accounting_given_up_cents end) as accounting_given_up_cents,
    from measured
    group by grouping sets ((segment_id, dimension, band), (dimension, band))  -- noqa: PRS

),

final as (

    select
        grid.segment_id,
        grid.dimension,
        grid.band,
        grid.band_order,
        grid.band_name,
        coalesce(summed.n_deals, 0) as n_deals,
        coalesce(summed.n_won, 0) as n_won,
        coalesce(summed.n_mature_12m, 0) as n_mature_12m,
        coalesce(summed.n_churned_12m, 0) as n_churned_12m,
        coalesce(summed.n_expanded_12m, 0) as n_expanded_12m,
        coalesce(summed.n_margin_12m, 0) as n_margin_12m,
        cast(summed.margin_revenue_12m_cents as bigint) as margin_revenue_12m_cents,
        cast(summed.gross_margin_12m_cents as bigint) as gross_margin_12m_cents,
        summed.margin_yy,
        summed.margin_xy,
        summed.margin_xx,
        coalesce(summed.n_support_12m, 0) as n_support_12m,
        cast(summed.support_arr_12m_cents as bigint) as support_arr_12m_cents,
        cast(summed.support_12m_cents as bigint) as support_12m_cents,
        summed.support_yy,
        summed.support_xy,
        summed.support_xx,
        coalesce(summed.n_payers_12m, 0) as n_payers_12m,
        cast(summed.n_bills_paid_12m as bigint) as n_bills_paid_12m,
        cast(summed.days_to_pay_12m as bigint) as days_to_pay_12m,
        summed.pay_yy,
        summed.pay_xy,
        summed.pay_xx,
        coalesce(summed.n_accounted, 0) as n_accounted,
        cast(summed.accounted_annual_cents as bigint) as accounted_annual_cents,
        cast(summed.accounting_given_up_cents as bigint) as accounting_given_up_cents,
    from grid
    left join summed
        on
            grid.segment_id = summed.segment_id
            and grid.dimension = summed.dimension
            and grid.band = summed.band

)

select * from final
