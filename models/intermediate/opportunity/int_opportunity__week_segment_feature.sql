-- One row per opportunity and week at whose end it was open: the pre-close signals of int_opportunity__segment_feature, by what
-- was known then. Null = not known then: what only the deal's present row or its present lines tell is not known in any week.
with weeks as (

    select * from {{ ref('int_opportunity__week') }}

),

signals as (

    select * from {{ ref('int_opportunity__week_signal') }}

),

coverage as (

    select * from {{ ref('int_opportunity__coverage') }}

),

competitor_words as (

    select * from {{ ref('no_competitor') }}

),

lead_sources as (

    select * from {{ ref('int_opportunity__lead_source') }}

),

counted as (

    select
        *,
        sum(active_days) over (
            partition by opportunity_id order by week_index desc rows between unbounded preceding and current row
        ) as active_days_so_far,
    from weeks

),

final as (

    select
        counted.opportunity_id,
        counted.week_index,
        cast(signals.discount_pct as double) as discount_pct,
        cast(signals.contract_term_months as double) as contract_term_months,
        cast(signals.payment_terms_days as double) as payment_terms_days,
        cast(signals.customisation_requests as double) as customisation_requests,
        cast(signals.implementation_promises as double) as implementation_promises,
        case
            when counted.amount > 0
                then round(cast(signals.services_amount as double) / cast(counted.amount as double), 6)
        end as services_share,
        cast(signals.promised_onboarding_days as double) as promised_onboarding_days,
        cast(cast(signals.success_criteria_documented as integer) as double) as has_success_criteria,
        cast(counted.stakeholder_count as double) as stakeholder_count,
        -- completed steps only, as in int_opportunity__segment_feature
        case
            when counted.forward_moves > 0
                then round(cast(counted.deal_age_days - counted.stage_age_days as double) / counted.forward_moves, 4)
        end as days_per_stage,
        cast(counted.push_count as double) as push_count,
        case
            when coverage.has_activities
                then round(cast(counted.active_days_so_far as double) * 7 / greatest(counted.deal_age_days, 7), 4)
        end as active_days_per_week,
        cast(signals.integration_count as double) as integration_count,
        cast(signals.procurement_steps as double) as procurement_steps,
        -- no text in the field is not known to be "nobody" in a week
        case coalesce(competitor_words.competitor_present, case when trim(signals.competitor) != '' then 'yes' end)
            when 'yes' then cast(1 as double)
            when 'no' then cast(0 as double)
        end as has_competitor,
        {{ flag_review('signals') }} as has_review,
        -- lines show the present only
        cast(null as double) as product_count,
        lead_sources.lead_source,
    from counted
    cross join coverage
    left join signals on counted.opportunity_id = signals.opportunity_id and counted.week_index = signals.week_index
    left join competitor_words on lower(trim(signals.competitor)) = competitor_words.competitor_text
    left join lead_sources
        on counted.opportunity_id = lead_sources.opportunity_id and counted.snapshot_on >= lead_sources.converted_on

)

select * from final
