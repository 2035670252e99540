-- One row per velocity band, `all` and `unknown` among them: from how many to how many days from creation to decision it
-- holds. The bounds are the company's own: each band ends with the day by which its share of won deals was won.
with bands as (

    select * from {{ ref('velocity_band') }}

),

won_deals as (

    select cycle_days from {{ ref('fct_deal_outcome') }}
    where is_won and cycle_days is not null

),

counted as (

    select
        cycle_days,
        sum(count(*)) over (order by cycle_days) as n_until,
        sum(count(*)) over () as n_won,
    from won_deals
    group by cycle_days

),

ends as (

    select
        bands.band,
        bands.band_order,
        bands.band_name,
        bands.until_share is null as is_open_ended,
        min(counted.cycle_days) filter (where counted.n_until >= bands.until_share * counted.n_won) as until_days,
        count(counted.cycle_days) > 0 as has_won_deals,
    from bands
    left join counted on true
    group by bands.band, bands.band_order, bands.band_name, bands.until_share

),

bounded as (

    select
        *,
        case when has_won_deals then coalesce(lag(until_days) over (order by band_order) + 1, 0) end as from_days,
    from ends

),

final as (

    select
        band as velocity_band,
        band_order,
        band_name,
        -- many deals of one length can leave no day for a band
        case when is_open_ended or from_days <= until_days then from_days end as from_days,
        case when from_days <= until_days then until_days end as until_days,
    from bounded

    union all

    select
        'unknown' as velocity_band,
        99 as band_order,
        'Nobody knows how long it took' as band_name,
        null as from_days,
        null as until_days,

    union all

    select
        'all' as velocity_band,
        0 as band_order,
        'All deals' as band_name,
        null as from_days,
        null as until_days,
)

select * from final
