-- One row per segment (`unassigned` and `all` among them) and horizon: what today's pipeline and customers will bring, from
-- which counts, and between which ends. Counts and means are additive over segments; ends of intervals are not.
with segments as (

    {{ select_segment_groups(ref('dim_segment')) }}

),

horizons as (

    select unnest([3, 6, 12]) as horizon_months

),

deals as (

    select * from {{ ref('int_opportunity__forecast_deal') }}

),

book as (

    select * from {{ ref('int_lifecycle__arr_book') }}

),

draws as (

    select * from {{ ref('fct_forecast_draw') }}

),

book_draws as (

    select * from {{ ref('stg_predictions__book_draw') }}

),

unknowns as (

    select * from {{ ref('forecast_unknown') }}

),

known as (

    select
        exists(select 1 from {{ ref('fct_opportunity') }}) as has_pipeline,
        exists(select 1 from book) as has_book,

),

deal_sums as (

    select
        coalesce(segment_id, 'all') as segment_id,
        horizon_months,
        count(*) as n_open_deals,
        count(*) filter (where arr_cents is null) as n_deals_without_amount,
        count(*) filter (where not is_forecast) as n_deals_not_forecast,
        cast(sum(arr_cents) filter (where is_forecast) as bigint) as pipeline_arr_cents,
        cast(sum(arr_cents * cast(round(segment_confidence * 10000) as hugeint)) filter (where is_forecast) as hugeint)
            as confidence_arr_e4,
        cast(sum(arr_cents) filter (where is_forecast and segment_confidence is not null) as bigint) as placed_arr_cents,
    from deals
    group by horizon_months, rollup(segment_id)

),

book_sums as (

    select
        coalesce(segment_id, 'all') as segment_id,
        count(*) as n_customers,
        count(*) filter (where arr_cents is null) as n_customers_without_arr,
        cast(sum(arr_cents) as bigint) as arr_now_cents,
    from book
    group by rollup(segment_id)

),

-- means by segment are rounded first, so that those of the company are their sums to the unit
segment_means as (

    select
        draws.segment_id,
        draws.horizon_months,
        draws.unknown,
        {{ round_ratio('sum(draws.forecast_cents)', 'count(*)') }} as mean_cents,
    from draws
    where draws.unknown in ('win_rate', 'churn_rate', 'churn_shift', 'expansion_rate')
    group by draws.segment_id, draws.horizon_months, draws.unknown

),

mean_sums as (

    select
        coalesce(segment_id, 'all') as segment_id,
        horizon_months,
        cast(sum(mean_cents) filter (where unknown = 'win_rate') as bigint) as pipeline_mean_cents,
        cast(sum(mean_cents) filter (where unknown in ('churn_rate', 'churn_shift')) as bigint) as retained_mean_cents,
        cast(sum(mean_cents) filter (where unknown = 'expansion_rate') as bigint) as expansion_mean_cents,
    from segment_means
    group by horizon_months, rollup(segment_id)

),

contribution_segments as (

    select
        segment_id,
        horizon_months,
        {{ round_ratio('sum(contribution_cents)', 'count(contribution_cents)') }} as contribution_mean_cents,
    from book_draws
    group by segment_id, horizon_months
    having count(contribution_cents) > 0

),

contribution_sums as (

    select
        coalesce(segment_id, 'all') as segment_id,
        horizon_months,
        cast(sum(contribution_mean_cents) as bigint) as contribution_mean_cents,
    from contribution_segments
    group by horizon_months, rollup(segment_id)

),

per_draw as (

    select
        coalesce(draws.segment_id, 'all') as segment_id,
        draws.horizon_months,
        draws.draw_id,
        cast(sum(draws.forecast_cents) filter (where unknowns.measure = 'arr') as bigint) as realised_cents,
        cast(sum(draws.forecast_cents) filter (where unknowns.measure = 'arr' and unknowns.family = 'expected') as bigint)
            as expected_cents,
        cast(sum(draws.forecast_cents) filter (where unknowns.measure = 'contribution') as bigint) as contribution_cents,
    from draws
    inner join unknowns on draws.unknown = unknowns.unknown
    group by draws.horizon_months, draws.draw_id, rollup(draws.segment_id)

),

ranges as (

    select
        segment_id,
        horizon_months,
        {% for family in ['realised', 'expected', 'contribution'] -%}
            {% for share in ['05', '50', '95'] -%}
                cast(round(quantile_cont({{ family }}_cents, 0.{{ share }})) as bigint) as {{ family }}_p{{ share }}_cents,
            {% endfor -%}
        {% endfor %}
    from per_draw
    group by segment_id, horizon_months

),

joined as (

    select
        segments.segment_id,
        horizons.horizon_months,
        case when known.has_pipeline then coalesce(deal_sums.n_open_deals, 0) end as n_open_deals,
        case when known.has_pipeline then coalesce(deal_sums.n_deals_without_amount, 0) end as n_deals_without_amount,
        case when known.has_pipeline then coalesce(deal_sums.n_deals_not_forecast, 0) end as n_deals_not_forecast,
        deal_sums.pipeline_arr_cents,
        deal_sums.confidence_arr_e4,
        deal_sums.placed_arr_cents,
        case when known.has_book then coalesce(book_sums.n_customers, 0) end as n_customers,
        case when known.has_book then coalesce(book_sums.n_customers_without_arr, 0) end as n_customers_without_arr,
        case when known.has_book and coalesce(book_sums.n_customers, 0) = 0 then 0 else book_sums.arr_now_cents end
            as arr_now_cents,
        -- a segment without an open deal brings none; one whose deals all lack an amount or a chance is unknown
        case
            when known.has_pipeline and coalesce(deal_sums.n_open_deals, 0) = 0 then 0
            else mean_sums.pipeline_mean_cents
        end as pipeline_mean_cents,
        case when known.has_book and coalesce(book_sums.n_customers, 0) = 0 then 0 else mean_sums.retained_mean_cents end
            as retained_mean_cents,
        case when known.has_book and coalesce(book_sums.n_customers, 0) = 0 then 0 else mean_sums.expansion_mean_cents end
            as expansion_mean_cents,
        ranges.expected_p05_cents,
        ranges.expected_p50_cents,
        ranges.expected_p95_cents,
        ranges.realised_p05_cents,
        ranges.realised_p50_cents,
        ranges.realised_p95_cents,
        contribution_sums.contribution_mean_cents,
        -- unknowns of the contribution are deviations from its mean
        contribution_sums.contribution_mean_cents + ranges.contribution_p05_cents as contribution_p05_cents,
        contribution_sums.contribution_mean_cents + ranges.contribution_p50_cents as contribution_p50_cents,
        contribution_sums.contribution_mean_cents + ranges.contribution_p95_cents as contribution_p95_cents,
    from segments
    cross join horizons
    cross join known
    left join deal_sums
        on segments.segment_id = deal_sums.segment_id and horizons.horizon_months = deal_sums.horizon_months
    left join book_sums on segments.segment_id = book_sums.segment_id
    left join mean_sums
        on segments.segment_id = mean_sums.segment_id and horizons.horizon_months = mean_sums.horizon_months
    left join contribution_sums
        on
            segments.segment_id = contribution_sums.segment_id
            and horizons.horizon_months = contribution_sums.horizon_months
    left join ranges on segments.segment_id = ranges.segment_id and horizons.horizon_months = ranges.horizon_months

),

final as (

    select
        segment_id,
        horizon_months,
        n_open_deals,
        n_deals_without_amount,
        n_deals_not_forecast,
        pipeline_arr_cents,
        confidence_arr_e4,
        placed_arr_cents,
        n_customers,
        n_customers_without_arr,
        arr_now_cents,
        pipeline_mean_cents,
        retained_mean_cents,
        expansion_mean_cents,
        -- no deal beside customers of unknown future is no forecast of nothing
        case
            when realised_p50_cents is null and (n_open_deals > 0 or n_customers > 0) then null
            when coalesce(pipeline_mean_cents, retained_mean_cents, expansion_mean_cents) is not null
                then coalesce(pipeline_mean_cents, 0) + coalesce(retained_mean_cents, 0) + coalesce(expansion_mean_cents, 0)
        end as forecast_mean_cents,
        {% for family in ['expected', 'realised'] -%}
            {% for share in ['p05', 'p50', 'p95'] -%}
                {{ family }}_{{ share }}_cents,
            {% endfor -%}
        {% endfor -%}
        contribution_mean_cents,
        contribution_p05_cents,
        contribution_p50_cents,
        contribution_p95_cents,
    from joined

)

select * from final
