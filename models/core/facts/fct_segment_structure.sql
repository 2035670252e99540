-- One row per segment (`all` and `unassigned` among them), structure dimension and band, `unknown` among them: counts and sums
-- of the decided new-business deals in it. Every band has a row, also without a deal.
with structures as (

    select * from {{ ref('fct_deal_structure') }}

),

outcomes as (

    select * from {{ ref('fct_deal_outcome') }}

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

    {{ select_segment_groups(ref('dim_segment')) }}

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
        structures.dimension,
        structures.band,
        structures.n_bills_paid,
        structures.days_to_pay,
        structures.accounting_given_up_cents,
        case when structures.accounting_given_up_cents is not null then structures.annual_cents end as accounted_cents,
        outcomes.*,
    from structures
    inner join outcomes on structures.opportunity_id = outcomes.opportunity_id

),

summed as (

    select
        case grouping(measured.segment_id) when 1 then 'all' else measured.segment_id end as segment_id,
        measured.dimension,
        measured.band,
        {{ sum_deal_outcomes('measured') }},
        count(measured.n_bills_paid) as n_payers_12m,
        sum(measured.n_bills_paid) as n_bills_paid_12m,
        sum(measured.days_to_pay) as days_to_pay_12m,
        sum(cast(measured.days_to_pay as hugeint) * measured.days_to_pay) as pay_yy,
        sum(cast(measured.days_to_pay as hugeint) * measured.n_bills_paid) as pay_xy,
        sum(cast(measured.n_bills_paid as hugeint) * measured.n_bills_paid) as pay_xx,
        count(measured.accounted_cents) as n_accounted,
        sum(measured.accounted_cents) as accounted_annual_cents,
        sum(measured.accounting_given_up_cents) filter (where measured.accounted_cents is not null) as accounting_given_up_cents,
    from measured
    group by grouping sets ((measured.segment_id, measured.dimension, measured.band), (measured.dimension, measured.band))  -- noqa

),

final as (

    select
        grid.segment_id,
        grid.dimension,
        grid.band,
        grid.band_order,
        grid.band_name,
        {{ keep_deal_outcomes('summed') }},
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
