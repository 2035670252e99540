-- One row per open opportunity: expected cash after costs if it is won, summed since the close, and the month from which it
-- stays above nothing. Onboarding and what such a customer cost to win go out at the close; margin comes in as customers of its
-- segment and term have paid. Undiscounted, reporting currency; means may be summed over deals, months may not.
with deals as (

    select * from {{ ref('fct_opportunity_roi') }}

),

paths as (

    select
        segment_id,
        term_type,
        start_age_months,
        month_since_close,
        sum(cast(round(contribution_per_arr * 1000000) as bigint)) over life as contribution_e6,
        sum(cast(round(growth_per_arr * 1000000) as bigint)) over life as growth_e6,
    from {{ ref('stg_predictions__life_path') }}
    where contribution_per_arr is not null
    window life as (partition by segment_id, term_type, start_age_months order by month_since_close)

),

leads as (

    select * from {{ ref('int_lifecycle__cash_lead') }}

),

costs as (

    select
        opportunity_id,
        deal_type,
        segment_id,
        term_type,
        start_age_months,
        economics_status,
        cac_amount,
        cast(arr_amount * 100 as bigint) as arr_cents,
        cast((onboarding_cost + cac_amount) * 100 as bigint) as spent_cents,
    from deals

),

months as (

    select
        costs.opportunity_id,
        paths.month_since_close,
        cast(
            round(
                cast(costs.arr_cents as double) * (
                    paths.contribution_e6 + case when costs.deal_type = 'expansion' then 0 else paths.growth_e6 end
                    + leads.lead_e6
                ) / 1000000
            ) as bigint
        ) - costs.spent_cents as cash_cents,
    from costs
    inner join paths
        on
            costs.segment_id = paths.segment_id
            and costs.term_type = paths.term_type
            and costs.start_age_months = paths.start_age_months
    inner join leads
        on
            costs.segment_id = leads.segment_id
            and costs.term_type = leads.term_type
            and paths.month_since_close = leads.month_since_close
    where costs.economics_status != 'unknown' and costs.spent_cents is not null

),

profiles as (

    select
        opportunity_id,
        {% for month in [1, 3, 6, 12, 24] -%}
            max(cash_cents) filter (where month_since_close = {{ month }}) as cash_{{ month }}m_cents,
        {% endfor -%}
        coalesce(max(month_since_close) filter (where cash_cents < 0), 0) as last_month_below,
    from months
    group by opportunity_id

),

final as (

    select
        costs.opportunity_id,
        {{ as_of_date() }} as as_of_date,
        {% for month in [1, 3, 6, 12, 24] -%}
            cast(profiles.cash_{{ month }}m_cents * 0.01 as decimal(18, 2)) as cash_{{ month }}m,
        {% endfor -%}
        cast(
            case
                when profiles.opportunity_id is null or profiles.last_month_below = 60 then null
                -- nothing went out, so nothing has to come back
                when profiles.last_month_below = 0 and costs.spent_cents <= 0 then 0
                else profiles.last_month_below + 1
            end as integer
        ) as payback_month,
        case
            when costs.economics_status = 'unknown' then 'economics_unknown'
            when costs.cac_amount is null then 'cac_unknown'
            when profiles.opportunity_id is null then 'payments_unknown'
            else 'known'
        end as cash_status,
    from costs
    left join profiles on costs.opportunity_id = profiles.opportunity_id

)

select * from final
