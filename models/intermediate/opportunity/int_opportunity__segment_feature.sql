-- One row per opportunity: the pre-close signals that segments are built from, as known when it closed or, while open,
-- on the as-of day. No firmographics, and nothing that happens after the signature.
with states as (

    select * from {{ ref('int_opportunity__state') }}

),

signals as (

    select * from {{ ref('int_opportunity__signal') }}

),

weeks as (

    select * from {{ ref('int_opportunity__week') }}

),

activities as (

    select * from {{ ref('int_opportunity__activity') }}

),

line_items as (

    select
        opportunity_id,
        cast(sum(list_price * quantity) as decimal(18, 2)) as list_amount,
        cast(sum(total_price) as decimal(18, 2)) as net_amount,
    from {{ ref('stg_salesforce__opportunity_line_item') }}
    where
        not is_deleted
        and list_price > 0
        and (created_at is null or {{ was_known('created_at') }})
        and {{ was_loaded('synced_at') }}
    group by opportunity_id

),

scopes as (

    select
        opportunity_id,
        count(distinct coalesce(product_id, product_code)) as product_count,
    from {{ ref('stg_salesforce__opportunity_line_item') }}
    where
        not is_deleted
        and (created_at is null or {{ was_known('created_at') }})
        and {{ was_loaded('synced_at') }}
    group by opportunity_id

),

leads as (

    select * from {{ ref('int_opportunity__lead_source') }}

),

competitors as (

    select * from {{ ref('int_opportunity__competitor') }}

),

last_weeks as (

    select
        opportunity_id,
        arg_min(stakeholder_count, week_index) as stakeholder_count,
    from weeks
    group by opportunity_id

),

activity as (

    -- onboarding calls after the signature are not a signal before it
    select
        activities.opportunity_id,
        count(distinct activities.activity_on) as active_days,
    from activities
    inner join states on activities.opportunity_id = states.opportunity_id
    where activities.known_at <= coalesce(states.closed_at, {{ as_of_end() }})
    group by activities.opportunity_id

),

coverage as (

    select * from {{ ref('int_opportunity__coverage') }}

),

timed as (

    select
        states.*,
        {{ days_between('states.created_at', "coalesce(states.closed_at, " ~ as_of_date() ~ ")") }} as age_days,
    from states

),

final as (

    select
        timed.opportunity_id,
        -- what the field map says; else what the price lists say
        cast(
            coalesce(
                signals.discount_pct,
                -- price lists show the present only
                case
                    when timed.is_row_as_decided and line_items.list_amount > 0
                        then 100 * (1 - cast(line_items.net_amount as double) / cast(line_items.list_amount as double))
                end
            ) as double
        ) as discount_pct,
        cast(signals.contract_term_months as double) as contract_term_months,
        cast(signals.payment_terms_days as double) as payment_terms_days,
        cast(signals.customisation_requests as double) as customisation_requests,
        cast(signals.implementation_promises as double) as implementation_promises,
        case
            when timed.decided_amount > 0
                then round(cast(signals.services_amount as double) / cast(timed.decided_amount as double), 6)
        end as services_share,
        cast(signals.promised_onboarding_days as double) as promised_onboarding_days,
        cast(cast(signals.success_criteria_documented as integer) as double) as has_success_criteria,
        cast(last_weeks.stakeholder_count as double) as stakeholder_count,
        -- completed steps only, so that an open deal is measured like a closed one
        case
            when timed.forward_moves > 0
                then round(
                    cast({{ days_between('timed.created_at', 'timed.open_stage_entered_at') }} as double)
                    / timed.forward_moves, 4
                )
        end as days_per_stage,
        cast(timed.push_count as double) as push_count,
        case
            when coverage.has_activities
                then round(cast(coalesce(activity.active_days, 0) as double) * 7 / greatest(timed.age_days, 7), 4)
        end as active_days_per_week,
        cast(signals.integration_count as double) as integration_count,
        cast(signals.procurement_steps as double) as procurement_steps,
        case competitors.competitor_present
            when 'yes' then cast(1 as double)
            when 'no' then cast(0 as double)
        end as has_competitor,
        {{ flag_review('signals') }} as has_review,
        -- lines show the present only
        case when timed.is_row_as_decided then cast(nullif(scopes.product_count, 0) as double) end as product_count,
        replace(
            lower(trim(coalesce(
                case when timed.is_row_as_decided then nullif(trim(timed.lead_source), '') end,
                case
                    when leads.converted_on <= cast(coalesce(timed.closed_at, {{ as_of_date() }}) as date)
                        then leads.lead_source
                end
            ))), '|', '/'
        ) as lead_source,
    from timed
    inner join signals on timed.opportunity_id = signals.opportunity_id
    cross join coverage
    left join competitors on timed.opportunity_id = competitors.opportunity_id
    left join scopes on timed.opportunity_id = scopes.opportunity_id
    left join leads on timed.opportunity_id = leads.opportunity_id
    left join line_items on timed.opportunity_id = line_items.opportunity_id
    left join last_weeks on timed.opportunity_id = last_weeks.opportunity_id
    left join activity on timed.opportunity_id = activity.opportunity_id

)

select * from final
