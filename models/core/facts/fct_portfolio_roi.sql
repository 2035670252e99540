-- One row per scope and what it names: what the open deals together are worth. Deals are summed within each draw and the
-- quantiles taken last: a sum of quantiles would be no quantile of the sum. Reporting currency.
with draws as (

    select * from {{ ref('int_opportunity__roi_draw') }}

),

roi as (

    select * from {{ ref('fct_opportunity_roi') }}

),

scopes as (

    select
        opportunity_id,
        'all' as scope,
        'all' as scope_value,
        economics_status,
    from roi

    union all

    select
        opportunity_id,
        'owner' as scope,
        coalesce(owner_user_id, 'none') as scope_value,
        economics_status,
    from roi

    union all

    select
        opportunity_id,
        'segment' as scope,
        coalesce(segment_id, 'unassigned') as scope_value,
        economics_status,
    from roi

    union all

    select
        opportunity_id,
        'deal_type' as scope,
        coalesce(deal_type, 'unknown') as scope_value,
        economics_status,
    from roi

),

-- deals that share owner, segment and type are summed first, in one pass over the draws; a number stands for the three
numbered as (

    select
        opportunity_id,
        coalesce(owner_user_id, 'none') as owner_value,
        coalesce(segment_id, 'unassigned') as segment_value,
        coalesce(deal_type, 'unknown') as deal_type_value,
        dense_rank() over (order by owner_user_id, segment_id, deal_type) as cell_number,
    from roi

),

cell_sums as (

    select
        numbered.cell_number,
        draws.draw_id,
        sum(draws.roi_cents) as roi_cents,
        sum(draws.realised_cents) as realised_cents,
        count(*) > count(draws.realised_cents) as is_luck_unknown,
    from draws
    inner join numbered on draws.opportunity_id = numbered.opportunity_id
    group by numbered.cell_number, draws.draw_id

),

cell_names as (

    select distinct
        cell_number,
        owner_value,
        segment_value,
        deal_type_value,
    from numbered

),

cells as (

    select
        cell_names.owner_value,
        cell_names.segment_value,
        cell_names.deal_type_value,
        cell_sums.draw_id,
        cell_sums.roi_cents,
        cell_sums.realised_cents,
        cell_sums.is_luck_unknown,
    from cell_sums
    inner join cell_names on cell_sums.cell_number = cell_names.cell_number

),

summed as (

    {% for scope in ['all', 'owner', 'segment', 'deal_type'] -%}
        select
            '{{ scope }}' as scope,
            {{ "'all'" if scope == 'all' else scope ~ '_value' }} as scope_value,
            draw_id,
            cast(sum(roi_cents) as bigint) as roi_cents,
            case when not bool_or(is_luck_unknown) then cast(sum(realised_cents) as bigint) end as realised_cents,
        from cells
        group by scope_value, draw_id
        {% if not loop.last -%}
            union all
        {% endif -%}
    {% endfor %}

),

summarised as (

    select
        scope,
        scope_value,
        count(*) as n_draws,
        {{ round_ratio('sum(roi_cents)', 'count(*)') }} as mean_cents,
        quantile_cont(roi_cents, [0.05, 0.50, 0.95]) as roi_cents_p,
        count(*) filter (where roi_cents < 0) as n_negative,
        quantile_cont(realised_cents, [0.10, 0.50, 0.90]) as realised_cents_p,
        count(*) filter (where realised_cents < 0) as n_loss,
        count(realised_cents) as n_realised,
    from summed
    group by scope, scope_value

),

counted as (

    select
        scope,
        scope_value,
        count(*) as n_deals,
        count(*) filter (where economics_status = 'unknown') as n_deals_unknown,
        count(*) filter (where economics_status = 'support_unknown') as n_deals_support_unknown,
    from scopes
    group by scope, scope_value

),

final as (

    select
        counted.scope,
        counted.scope_value,
        {{ as_of_date() }} as as_of_date,
        counted.n_deals,
        counted.n_deals_unknown,
        counted.n_deals_support_unknown,
        cast(summarised.mean_cents * 0.01 as decimal(18, 2)) as roi_expected_mean,
        cast(round(summarised.roi_cents_p[1]) * 0.01 as decimal(18, 2)) as roi_expected_p05,
        cast(round(summarised.roi_cents_p[2]) * 0.01 as decimal(18, 2)) as roi_expected_p50,
        cast(round(summarised.roi_cents_p[3]) * 0.01 as decimal(18, 2)) as roi_expected_p95,
        cast(summarised.n_negative as double) / summarised.n_draws as p_expected_roi_negative,
        cast(round(summarised.realised_cents_p[1]) * 0.01 as decimal(18, 2)) as roi_realised_p10,
        cast(round(summarised.realised_cents_p[2]) * 0.01 as decimal(18, 2)) as roi_realised_p50,
        cast(round(summarised.realised_cents_p[3]) * 0.01 as decimal(18, 2)) as roi_realised_p90,
        cast(summarised.n_loss as double) / nullif(summarised.n_realised, 0) as p_realised_loss,
    from counted
    left join summarised
        on counted.scope = summarised.scope and counted.scope_value = summarised.scope_value

)

select * from final
