-- One row per segment (`all` and `unassigned` among them) and complete month since anybody had MRR: what MRR moved, in
-- reporting-currency cents, and what the customers of twelve months before pay now. Additive over segments; movements also over
-- months. Every segment has a row for every month, also without a customer.
{%- set movements = ['opening', 'new', 'expansion', 'contraction', 'churn', 'reactivation', 'fx', 'closing'] %}
{%- set years = ['year_ago_arr', 'year_end_arr', 'year_kept_arr'] %}
with movements as (

    select * from {{ ref('fct_mrr_movement_month') }}

),

months as (

    select * from {{ ref('dim_month') }}
    where month_on >= (select min(month_on) from movements)

),

segments as (

    {{ select_segment_groups(ref('dim_segment')) }}

),

-- what has no rate on either side is left out whole, so that opening and movements still lead to closing
moved as (

    select
        case grouping(segment_id) when 1 then 'all' else segment_id end as segment_id,
        month_on,
        count(distinct customer_id) filter (where opening_minor > 0 or is_opening_unknown) as n_opening,
        {% for movement in ['new', 'expansion', 'contraction', 'churn', 'reactivation'] -%}
            count(distinct customer_id) filter (where movement_class = '{{ movement }}') as n_{{ movement }},
        {% endfor -%}
        count(distinct customer_id) filter (where closing_minor > 0 or is_closing_unknown) as n_closing,
        count(distinct customer_id) filter (where not has_fx_rate) as n_without_rate,
        count(distinct customer_id) filter (where is_closing_unknown) as n_closing_unknown,
        {% for movement in movements -%}
            sum({{ movement }}_cents) filter (where has_fx_rate) as {{ movement }}_cents,
        {% endfor -%}
    from movements
    group by grouping sets ((segment_id, month_on), (month_on))  -- noqa: PRS

),

paired as (

    select
        segment_id,
        month_on,
        is_retained,
        starting_cents * 12 as year_ago_arr_cents,
        ending_cents * 12 as year_end_arr_cents,
        kept_cents * 12 as year_kept_arr_cents,
    from {{ ref('fct_retention_month') }}

),

retained as (

    select
        case grouping(segment_id) when 1 then 'all' else segment_id end as segment_id,
        month_on,
        count(*) as n_year_ago,
        count(*) filter (where is_retained) as n_year_stayed,
        count(year_ago_arr_cents) as n_year_known,
        {% for amount in years -%}
            sum({{ amount }}_cents) as {{ amount }}_cents,
        {% endfor -%}
        {% for ratio, y in {'nrr': 'year_end_arr_cents', 'grr': 'year_kept_arr_cents'}.items() -%}
            sum(cast({{ y }} as hugeint) * {{ y }}) as {{ ratio }}_yy,
            sum(cast({{ y }} as hugeint) * year_ago_arr_cents) as {{ ratio }}_xy,
            sum(cast(year_ago_arr_cents as hugeint) * year_ago_arr_cents) as {{ ratio }}_xx,
        {% endfor -%}
    from paired
    group by grouping sets ((segment_id, month_on), (month_on))  -- noqa: PRS

),

final as (

    select
        segments.segment_id,
        months.month_on,
        {% for count in ['opening', 'new', 'expansion', 'contraction', 'churn', 'reactivation', 'closing', 'without_rate',
            'closing_unknown'] -%}
            coalesce(moved.n_{{ count }}, 0) as n_{{ count }},
        {% endfor -%}
        -- nobody there is nothing; somebody without any rate is unknown
        {% for movement in movements -%}
            cast(case when moved.segment_id is null then 0 else moved.{{ movement }}_cents end as bigint)
                as {{ movement }}_cents,
        {% endfor -%}
        {% for count in ['ago', 'stayed', 'known'] -%}
            coalesce(retained.n_year_{{ count }}, 0) as n_year_{{ count }},
        {% endfor -%}
        {% for amount in years -%}
            cast(retained.{{ amount }}_cents as bigint) as {{ amount }}_cents,
        {% endfor -%}
        {% for ratio in ['nrr', 'grr'] -%}
            retained.{{ ratio }}_yy,
            retained.{{ ratio }}_xy,
            retained.{{ ratio }}_xx,
        {% endfor -%}
    from segments
    cross join months
    left join moved on segments.segment_id = moved.segment_id and months.month_on = moved.month_on
    left join retained on segments.segment_id = retained.segment_id and months.month_on = retained.month_on

)

select * from final
