-- One row per open opportunity of known ROI and driver: what moved its expected ROI against the mean of the open deals of its
-- segment, in whole cents that add up to the difference exactly. Each step holds the other terms halfway between the deal and
-- the segment, so that no order of the steps matters within it.
with roi as (

    select * from {{ ref('fct_opportunity_roi') }}
    where roi_expected_mean is not null

),

segments as (

    select
        segment_id,
        count(*) as n_deals,
        {{ round_ratio('sum(cast(roi_expected_mean * 100 as bigint))', 'count(*)') }} as roi_cents,
        {{ round_ratio('sum(cast(arr_amount * 100 as bigint))', 'count(*)') }} as arr_cents,
        {{ round_ratio('sum(cast((lifecycle_value_mean + onboarding_cost) * 100 as bigint))', 'count(*)') }} as worth_cents,
        {{ round_ratio('sum(cast(onboarding_cost * 100 as bigint))', 'count(*)') }} as onboarding_cents,
        {{ round_ratio('sum(cast(cost_to_close * 100 as bigint))', 'count(*)') }} as cost_cents,
        cast(sum(cast(round(win_probability * 1000000) as bigint)) as double) / count(*) / 1000000 as win_probability,
    from roi
    group by segment_id

),

-- a deal of no ARR has no value per 1 of it; the segment's stands in, and the step of size moves nothing
compared as (

    select
        roi.opportunity_id,
        roi.segment_id,
        segments.n_deals,
        cast(roi.roi_expected_mean * 100 as bigint) as roi_cents,
        segments.roi_cents as segment_roi_cents,
        cast(roi.arr_amount as double) * 100 as arr,
        cast(segments.arr_cents as double) as segment_arr,
        coalesce(
            cast(roi.lifecycle_value_mean + roi.onboarding_cost as double) / nullif(cast(roi.arr_amount as double), 0),
            cast(segments.worth_cents as double) / nullif(segments.arr_cents, 0), 0
        ) as rate,
        coalesce(cast(segments.worth_cents as double) / nullif(segments.arr_cents, 0), 0) as segment_rate,
        cast(roi.onboarding_cost as double) * 100 as onboarding,
        cast(segments.onboarding_cents as double) as segment_onboarding,
        roi.win_probability as win,
        segments.win_probability as segment_win,
        cast(roi.cost_to_close as double) * 100 as cost,
        cast(segments.cost_cents as double) as segment_cost,
    from roi
    inner join segments on roi.segment_id = segments.segment_id

),

halfway as (

    select
        *,
        (win + segment_win) / 2 as mid_win,
        (arr + segment_arr) / 2 as mid_arr,
        (rate + segment_rate) / 2 as mid_rate,
        ((arr * rate - onboarding) + (segment_arr * segment_rate - segment_onboarding)) / 2 as mid_value,
    from compared

),

moved as (

    select
        *,
        cast(round(mid_win * mid_rate * (arr - segment_arr)) as bigint) as size_cents,
        cast(round(mid_win * mid_arr * (rate - segment_rate)) as bigint) as rate_cents,
        cast(round(-mid_win * (onboarding - segment_onboarding)) as bigint) as onboarding_cents,
        cast(round(mid_value * (win - segment_win)) as bigint) as win_cents,
        cast(round(segment_cost - cost) as bigint) as cost_cents,
    from halfway

),

-- the mean of the segment's deals is not the ROI of its mean deal: where large deals are won more often it lies above
remainder as (

    select
        *,
        roi_cents - segment_roi_cents - size_cents - rate_cents - onboarding_cents - win_cents - cost_cents as mix_cents,
    from moved

),

{% set drivers = [
    ('size', 'arr / 100', 'segment_arr / 100', 'size_cents'),
    ('value_per_arr', 'rate', 'segment_rate', 'rate_cents'),
    ('win_probability', 'win', 'segment_win', 'win_cents'),
    ('onboarding_cost', 'onboarding / 100', 'segment_onboarding / 100', 'onboarding_cents'),
    ('cost_to_close', 'cost / 100', 'segment_cost / 100', 'cost_cents'),
    ('mix', 'roi_cents / 100.0', 'segment_roi_cents / 100.0', 'mix_cents'),
] -%}

drivers as (

    {% for driver, deal_value, segment_value, amount_cents in drivers -%}
        select
            opportunity_id,
            segment_id,
            n_deals,
            {{ loop.index }} as driver_order,
            '{{ driver }}' as driver,
            round({{ deal_value }}, 4) as deal_value,
            round({{ segment_value }}, 4) as segment_value,
            {{ amount_cents }} as amount_cents,
        from remainder
        {% if not loop.last -%}
            union all
        {% endif -%}
    {% endfor %}

),

final as (

    select
        opportunity_id,
        {{ as_of_date() }} as as_of_date,
        segment_id,
        driver_order,
        driver,
        cast(deal_value as double) as deal_value,
        cast(segment_value as double) as segment_value,
        case driver
            when 'value_per_arr' then 'per 1 of ARR'
            when 'win_probability' then 'probability'
            else 'reporting currency'
        end as unit,
        cast(amount_cents * 0.01 as decimal(18, 2)) as amount,
        n_deals as n_segment_deals,
    from drivers

)

select * from final
