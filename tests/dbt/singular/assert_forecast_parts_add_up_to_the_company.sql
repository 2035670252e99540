-- A failing row means that segments of the forecast do not add up to the company: counts and means to the unit, shares of
-- doubt to one, both over segments and over unknowns. It does not claim that the forecast is right.
with forecasts as (

    select * from {{ ref('fct_forecast') }}

),

confidence as (

    select * from {{ ref('mart_forecast_confidence') }}

),

unknowns as (

    select * from {{ ref('mart_forecast_unknown') }}

),

{% set parts = [
    'n_open_deals', 'n_deals_without_amount', 'n_deals_not_forecast', 'pipeline_arr_cents', 'n_customers',
    'n_customers_without_arr', 'arr_now_cents', 'pipeline_mean_cents', 'retained_mean_cents', 'expansion_mean_cents',
    'forecast_mean_cents', 'contribution_mean_cents',
] %}

sums as (

    {% for part in parts -%}
        select
            horizon_months,
            '{{ part }}' as part,
            coalesce(sum({{ part }}) filter (where segment_id != 'all'), 0) as of_segments,
            coalesce(sum({{ part }}) filter (where segment_id = 'all'), 0) as of_company,
        from forecasts
        group by horizon_months
        {% if not loop.last %}
            union all
        {% endif %}
    {% endfor %}

),

share_sums as (

    select
        horizon_months,
        'spread shares of segments' as part,
        sum(spread_share) as share,
    from confidence
    where segment_id != 'all'
    group by horizon_months

    union all

    select
        horizon_months,
        'spread shares of segments and unknowns of ' || measure as part,
        sum(spread_share) as share,
    from unknowns
    where segment_id != 'all'
    group by horizon_months, measure

    union all

    select
        horizon_months,
        'spread shares of unknowns of ' || measure as part,
        sum(spread_share) as share,
    from unknowns
    where segment_id = 'all'
    group by horizon_months, measure

),

-- a segment's own unknowns are its share
segment_shares as (

    select
        confidence.segment_id,
        confidence.horizon_months,
        any_value(confidence.spread_share) as share,
        sum(unknowns.spread_share) as share_of_unknowns,
    from confidence
    inner join unknowns
        on
            confidence.segment_id = unknowns.segment_id
            and confidence.horizon_months = unknowns.horizon_months
            and unknowns.measure = 'arr'
    group by confidence.segment_id, confidence.horizon_months

)

select
    horizon_months,
    part,
    cast(of_segments as double) as of_segments,
    cast(of_company as double) as of_company,
from sums
where of_segments != of_company

union all

-- whole numbers are divided one by one, so that only the last digit of a double may differ
select
    horizon_months,
    part,
    share as of_segments,
    1 as of_company,
from share_sums
where abs(share - 1) > 0.000000001

union all

select
    horizon_months,
    'unknowns of ' || segment_id as part,
    share_of_unknowns as of_segments,
    share as of_company,
from segment_shares
where abs(share - share_of_unknowns) > 0.000000001
