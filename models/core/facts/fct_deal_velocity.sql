-- One row per decided new-business deal: the velocity band it stands in, and, of won deals, whether they were won faster or
-- slower than half of their segment and of the company. The bands of its discount and price stand beside it, since pace may
-- be bought with either.
with deals as (

    select * from {{ ref('fct_deal_outcome') }}

),

bands as (

    select * from {{ ref('fct_velocity_band') }}

),

structures as (

    select
        opportunity_id,
        max(band) filter (where dimension = 'discount') as discount_band,
        max(band) filter (where dimension = 'pricing_band') as pricing_band,
    from {{ ref('fct_deal_structure') }}
    where dimension in ('discount', 'pricing_band')
    group by opportunity_id

),

segment_medians as (

    select
        segment_id,
        quantile_disc(cycle_days, 0.5) as cycle_days_p50,
    from deals
    where is_won and cycle_days is not null
    group by segment_id

),

company_medians as (

    select quantile_disc(cycle_days, 0.5) as cycle_days_p50
    from deals
    where is_won and cycle_days is not null

),

final as (

    select
        deals.opportunity_id,
        deals.segment_id,
        coalesce(bands.velocity_band, 'unknown') as velocity_band,
        case
            when not deals.is_won then null
            when deals.cycle_days <= segment_medians.cycle_days_p50 then 'faster'
            when deals.cycle_days > segment_medians.cycle_days_p50 then 'slower'
        end as pace_half,
        case when deals.is_won then deals.cycle_days <= company_medians.cycle_days_p50 end as is_faster_than_company,
        coalesce(structures.discount_band, 'unknown') as discount_band,
        coalesce(structures.pricing_band, 'unknown') as pricing_band,
    from deals
    cross join company_medians
    left join bands
        on
            deals.cycle_days >= bands.from_days
            and (deals.cycle_days <= bands.until_days or bands.until_days is null)
    left join segment_medians on deals.segment_id = segment_medians.segment_id
    left join structures on deals.opportunity_id = structures.opportunity_id

)

select * from final
