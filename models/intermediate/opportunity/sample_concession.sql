-- One row per decided new-business deal, at most 20,000 in the order of a hash: its concessions as doses, what lies behind
-- them and how it ended. All that the adjusted effects are fitted on; counts over all deals are in suff_concession.
with deals as (

    select * from {{ ref('int_opportunity__concession') }}

),

numbered as (

    select
        *,
        row_number() over (order by md5(opportunity_id), opportunity_id) as sample_order,
    from deals

),

final as (

    select
        opportunity_id,
        account_id,
        segment_id,
        cast(cast(is_randomised as integer) as double) as is_randomised,
        cast(requested_discount_pct as double) as requested_discount_pct,
        discount,
        contract_term,
        payment_terms,
        services_share,
        implementation_promises,
        customisation,
        concession_set,
        deal_desk_request,
        case competitor_present when 'yes' then cast(1 as double) when 'no' then cast(0 as double) end
            as competitor_present,
        stakeholder_count,
        days_per_stage,
        push_count,
        active_days_per_week,
        has_success_criteria,
        promised_onboarding_days,
        cast(procurement_steps as double) as procurement_steps,
        cast(integration_count as double) as integration_count,
        cast(cast(compliance_review as integer) as double) as compliance_review,
        cast(cast(security_review as integer) as double) as security_review,
        round(ln(cast(annual_amount as double)), 6) as log_annual_amount,
        cast(closed_quarter_index as double) as closed_quarter_index,
        cast(cast(is_won as integer) as double) as is_won,
        case when is_mature_12m then cast(cast(has_churned_12m as integer) as double) end as churned_12m,
        case when is_mature_12m then cast(cast(has_expanded_12m as integer) as double) end as expanded_12m,
        case
            when is_mature_12m and starting_arr_cents > 0
                then round(
                    cast(gross_margin_12m_cents - coalesce(support_12m_cents, 0) as double) / starting_arr_cents, 6
                )
        end as contribution_per_arr_12m,
    from numbered
    where sample_order <= 20000

)

select * from final
