-- One row per draw, segment, horizon and unknown: what the forecast is by that draw of the unknown alone, in whole minor
-- units. Rates give amounts, luck gives deviations around nil. The ARR of a draw is the sum over the unknowns of `arr`; the
-- contribution unknowns are deviations from its mean and add up to those of the contribution. Additive over segments and
-- unknowns within a draw; never over horizons.
with pipeline as (

    select * from {{ ref('int_opportunity__forecast_draw') }}

),

book as (

    select * from {{ ref('stg_predictions__book_draw') }}

),

means as (

    select
        segment_id,
        horizon_months,
        {% for part in ['contribution', 'contribution_margin', 'contribution_support'] -%}
            {{ round_ratio('sum(' ~ part ~ '_cents)', 'nullif(count(' ~ part ~ '_cents), 0)') }} as {{ part }}_mean_cents,
        {% endfor %}
    from book
    group by segment_id, horizon_months

),

deviations as (

    select
        book.draw_id,
        book.segment_id,
        book.horizon_months,
        book.contribution_cents - means.contribution_mean_cents as contribution_cents,
        book.contribution_margin_cents - means.contribution_margin_mean_cents as margin_cents,
        book.contribution_support_cents - means.contribution_support_mean_cents as support_cents,
    from book
    inner join means on book.segment_id = means.segment_id and book.horizon_months = means.horizon_months

),

final as (

    {% for unknown, expression in [
        ('win_rate', 'pipeline_cents'), ('win_luck', 'win_luck_cents'), ('timing_luck', 'timing_luck_cents')
    ] -%}
        select
            draw_id,
            segment_id,
            horizon_months,
            '{{ unknown }}' as unknown,
            {{ expression }} as forecast_cents,
        from pipeline

        union all

    {% endfor -%}
    {% for unknown, expression in [
        ('churn_rate', 'retained_cents'), ('churn_shift', 'churn_shift_cents'), ('churn_luck', 'churn_luck_cents'),
        ('expansion_rate', 'expansion_cents'), ('expansion_luck', 'expansion_luck_cents')
    ] -%}
        select
            draw_id,
            segment_id,
            horizon_months,
            '{{ unknown }}' as unknown,
            {{ expression }} as forecast_cents,
        from book
        where {{ expression }} is not null

        union all

    {% endfor -%}
    {% for unknown, expression in [
        ('retention_rate', 'contribution_cents - margin_cents - support_cents'),
        ('margin_rate', 'margin_cents'), ('support_rate', 'support_cents')
    ] -%}
        select
            draw_id,
            segment_id,
            horizon_months,
            '{{ unknown }}' as unknown,
            {{ expression }} as forecast_cents,
        from deviations
        where contribution_cents is not null
        {% if not loop.last %}
            union all
        {% endif %}
    {% endfor %}

)

select * from final
