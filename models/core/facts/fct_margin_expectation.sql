-- One row per segment (`all` = all customers): gross margin less support cost, per unit of recurring revenue, that the
-- customers of the newest complete month are expected to bring twelve months later, for those that are still there: each
-- at the rate of its segment for the age it will then have. The interval holds parameter uncertainty only. Null: margin or
-- support unknown.
with customer_months as (

    select * from {{ ref('fct_margin_customer_month') }}
    where month_on = {{ last_complete_month() }} and list_cents > 0 and customer_id != 'unplaced'

),

customers as (

    select * from {{ ref('int_lifecycle__customer') }}

),

draws as (

    select * from {{ ref('int_lifecycle__contribution_draw') }}

),

-- segments without draws of their own take the pooled ones
drawn_segments as (

    select distinct segment_id
    from draws

),

placed as (

    select
        customer_months.segment_id,
        coalesce(drawn_segments.segment_id, 'all') as draw_segment_id,
        -- a customer of unknown age is at least a year older by then
        {{ get_money_age_band(
            'coalesce(' ~ months_between('customers.start_month_on', 'customer_months.month_on') ~ ', 1) + 12'
        ) }} as age_band,
        customer_months.list_cents,
    from customer_months
    left join customers on customer_months.customer_id = customers.customer_id
    left join drawn_segments on customer_months.segment_id = drawn_segments.segment_id

),

weights as (

    select
        segment_id,
        draw_segment_id,
        age_band,
        sum(list_cents) as list_cents,
    from placed
    group by segment_id, draw_segment_id, age_band

),

cells as (

    select
        segment_id as cell_segment_id,
        draw_segment_id,
        age_band,
        list_cents,
    from weights

    union all

    select
        'all' as cell_segment_id,
        draw_segment_id,
        age_band,
        list_cents,
    from weights

),

per_draw as (

    select
        cells.cell_segment_id as segment_id,
        draws.draw_id,
        min(draws.model_version) as model_version,
        case
            when count(*) = count(draws.contribution_rate_e6)
                then {{ round_ratio(
                    "sum(cast(draws.contribution_rate_e6 as hugeint) * cells.list_cents)", "sum(cells.list_cents)"
                ) }}
        end as rate_e6,
    from cells
    inner join draws on cells.draw_segment_id = draws.segment_id and cells.age_band = draws.age_band
    group by cells.cell_segment_id, draws.draw_id

),

summarised as (

    select
        segment_id,
        min(model_version) as model_version,
        case when count(*) = count(rate_e6) then {{ round_ratio('sum(rate_e6)', 'count(*)') }} end as rate_e6_mean,
        case when count(*) = count(rate_e6) then quantile_cont(rate_e6, 0.05) end as rate_e6_p05,
        case when count(*) = count(rate_e6) then quantile_cont(rate_e6, 0.50) end as rate_e6_p50,
        case when count(*) = count(rate_e6) then quantile_cont(rate_e6, 0.95) end as rate_e6_p95,
    from per_draw
    group by segment_id

),

final as (

    select
        segment_id,
        {{ last_complete_month() }} as month_on,
        model_version,
        {% for statistic in ['mean', 'p05', 'p50', 'p95'] -%}
            try_cast(cast(round(rate_e6_{{ statistic }}) as decimal(20, 0)) * 0.000001 as decimal(9, 6))
                as expected_rate_{{ statistic }},
        {% endfor %}
    from summarised

)

select * from final
