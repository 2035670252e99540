-- One row per segment (`all` and `unassigned` among them), outcome and comparison: sums of the deals won faster and of those
-- won slower than half of their segment, weighted to the same mix of strata, and how far chance would part them. Strata are
-- segments and, for the comparison `held`, equal bands of discount and price within them.
{%- set faster, slower = [], [] %}
{%- for column in ['y', 'x', 'yy', 'xy', 'xx', 'n'] %}
    {%- do faster.append(column ~ '_faster') %}
    {%- do slower.append(column ~ '_slower') %}
{%- endfor %}
with cells as (

    select * from {{ ref('fct_segment_pace') }}

),

segments as (

    {{ select_segment_groups(ref('dim_segment')) }}

),

comparisons as (

    select 'segment' as comparison
    union all
    select 'held' as comparison

),

strata as (

    select
        segments.segment_id,
        cells.outcome,
        comparisons.comparison,
        cells.segment_id as stratum_segment_id,
        case comparisons.comparison when 'held' then cells.discount_band end as discount_band,
        case comparisons.comparison when 'held' then cells.pricing_band end as pricing_band,
        sum(cells.n) filter (where cells.discount_band != 'unknown') as n_discount_known,
        {%- for half in ['faster', 'slower'] %}
            {%- for column in ['n', 'y', 'x', 'yy', 'xy', 'xx'] %}
                coalesce(sum(cells.{{ column }}) filter (where cells.pace_half = '{{ half }}'), 0) as {{ column }}_{{ half }},
            {%- endfor %}
        {%- endfor %}
    from segments
    cross join comparisons
    inner join cells on segments.segment_id in (cells.segment_id, 'all')
    group by
        segments.segment_id,
        cells.outcome,
        comparisons.comparison,
        cells.segment_id,
        case comparisons.comparison when 'held' then cells.discount_band end,
        case comparisons.comparison when 'held' then cells.pricing_band end

),

weighted as (

    select
        *,
        {{ get_overlap_weight('x_faster', 'x_slower') }} as weight_faster,
        {{ get_overlap_weight('x_slower', 'x_faster') }} as weight_slower,
        {{ get_stratum_spread(faster, slower) }} as spread,
        n_faster > 0 and n_slower > 0 as is_compared,
    from strata

),

summed as (

    select
        segment_id,
        outcome,
        comparison,
        cast(sum(n_faster) as bigint) as n_faster,
        cast(sum(n_slower) as bigint) as n_slower,
        cast(coalesce(sum(n_faster) filter (where is_compared), 0) as bigint) as n_compared_faster,
        cast(coalesce(sum(n_slower) filter (where is_compared), 0) as bigint) as n_compared_slower,
        cast(coalesce(sum(n_discount_known) filter (where is_compared), 0) as bigint) as n_discount_known,
        cast(sum(y_faster) as bigint) as numerator_faster,
        cast(sum(x_faster) as bigint) as denominator_faster,
        cast(sum(y_slower) as bigint) as numerator_slower,
        cast(sum(x_slower) as bigint) as denominator_slower,
        sum(weight_faster * y_faster) as weighted_y_faster,
        sum(weight_slower * y_slower) as weighted_y_slower,
        -- the same for both halves
        sum(weight_faster * x_faster) as weighted_x,
        sqrt(sum(spread)) as weighted_y_error,
    from weighted
    group by segment_id, outcome, comparison

),

final as (

    select
        segment_id,
        outcome,
        comparison,
        n_faster,
        n_slower,
        n_compared_faster,
        n_compared_slower,
        n_discount_known,
        numerator_faster,
        denominator_faster,
        numerator_slower,
        denominator_slower,
        -- sums of doubles end in digits that depend on their order
        round({{ get_weighted_ratio('weighted_y_faster', 'weighted_x') }}, 9) as rate_faster,
        round({{ get_weighted_ratio('weighted_y_slower', 'weighted_x') }}, 9) as rate_slower,
        round({{ get_weighted_ratio('weighted_y_error', 'weighted_x') }}, 9) as standard_error,
    from summed

)

select * from final
