-- One row per segment, with `all` and `unassigned`: the last twelve complete months, what a customer costs to win and what
-- it is worth, by the card formula and by the survival value side by side. Reporting currency. Counts and amounts of the year
-- sum to `all`; rates and what is per customer do not.
with years as (

    select * from {{ ref('fct_segment_year') }}

),

lifetime_values as (

    select * from {{ ref('fct_segment_lifetime_value') }}

),

segments as (

    select * from {{ ref('dim_segment') }}

),

costed as (

    select
        years.*,
        lifetime_values.* exclude (segment_id),
        -- what nobody can be shown to have caused is borne by every new customer alike, or the ratios would flatter
        {{ round_ratio(
            '(cast(years.acquisition_cents as hugeint) * years.n_new_customers_all'
            ~ ' + cast(years.company_unallocated_cents as hugeint) * years.n_new_customers)',
            'nullif(cast(years.n_new_customers as hugeint) * years.n_new_customers_all, 0)'
        ) }} as cac_cents,
        {{ round_ratio('years.acquisition_cents', 'nullif(years.n_new_customers, 0)') }} as cac_allocated_cents,
        {{ round_ratio('years.onboarding_cents', 'nullif(years.n_new_customers, 0)') }} as onboarding_per_customer_cents,
    from years
    inner join lifetime_values on years.segment_id = lifetime_values.segment_id

),

-- a customer that costs nothing to win has no ratio, and one that never earns never pays back
related as (

    select
        *,
        {{ round_ratio('100 * ltv_card_cents', "nullif(greatest(cac_cents, 0), 0)") }} as ltv_card_to_cac_pct,
        {{ round_ratio('100 * ltv_survival_mean_cents', "nullif(greatest(cac_cents, 0), 0)") }} as ltv_survival_to_cac_pct,
        {{ round_ratio(
            '120 * (cac_cents + onboarding_per_customer_cents)', 'nullif(greatest(annual_contribution_cents, 0), 0)'
        ) }} as payback_tenths,
    from costed

),

final as (

    select
        related.segment_id,
        {{ name_group('related.segment_id', 'segments.segment_name') }} as segment_name,
        {{ as_of_date() }} as as_of_date,
        related.window_from_on,
        related.last_month_on,
        related.n_customers,
        related.n_new_customers,
        {{ convert_to_major_units('related.arr_cents', 'related.reporting_exponent') }} as arr_amount,
        {{ convert_to_major_units('related.revenue_cents', 'related.reporting_exponent') }} as revenue_amount,
        cast(
            {{ round_ratio('1000000 * cast(related.gross_margin_cents as hugeint)', 'nullif(related.margin_revenue_cents, 0)') }}
            * 0.000001 as decimal(9, 6)
        ) as gross_margin_rate,
        {{ convert_to_major_units('related.gross_margin_cents', 'related.reporting_exponent') }} as gross_margin_amount,
        {{ convert_to_major_units('related.support_cents', 'related.reporting_exponent') }} as support_cost_amount,
        {{ convert_to_major_units('related.onboarding_cents', 'related.reporting_exponent') }} as onboarding_cost_amount,
        {{ convert_to_major_units('related.payment_fee_cents', 'related.reporting_exponent') }} as payment_fee_amount,
        {{ convert_to_major_units('related.acquisition_cents', 'related.reporting_exponent') }} as acquisition_cost_amount,
        {{ convert_to_major_units('related.support_unallocated_cents', 'related.reporting_exponent') }}
            as support_unallocated_amount,
        {{ convert_to_major_units('related.onboarding_unallocated_cents', 'related.reporting_exponent') }}
            as onboarding_unallocated_amount,
        {{ convert_to_major_units('related.payment_fee_unallocated_cents', 'related.reporting_exponent') }}
            as payment_fee_unallocated_amount,
        {{ convert_to_major_units('related.acquisition_unallocated_cents', 'related.reporting_exponent') }}
            as acquisition_unallocated_amount,
        cast(
            {{ round_ratio(
                '1000000 * cast(related.company_unallocated_cents as hugeint)',
                'nullif(greatest(related.company_unallocated_cents + related.company_allocated_cents, 0), 0)'
            ) }} * 0.000001 as decimal(9, 6)
        ) as acquisition_unallocated_rate,
        {{ convert_to_major_units('related.cac_allocated_cents', 'related.reporting_exponent') }} as cac_allocated_amount,
        {{ convert_to_major_units('related.cac_cents', 'related.reporting_exponent') }} as cac_amount,
        {{ convert_to_major_units('related.onboarding_per_customer_cents', 'related.reporting_exponent') }}
            as onboarding_per_customer_amount,
        {{ convert_to_major_units('related.starting_arr_per_customer_cents', 'related.reporting_exponent') }}
            as starting_arr_per_customer_amount,
        related.life_years_mean,
        related.life_years_p05,
        related.life_years_p95,
        related.renewal_rate,
        {{ convert_to_major_units('related.annual_contribution_cents', 'related.reporting_exponent') }}
            as annual_contribution_amount,
        {{ convert_to_major_units('related.ltv_card_cents', 'related.reporting_exponent') }} as ltv_card_amount,
        {{ convert_to_major_units('related.ltv_survival_mean_cents', 'related.reporting_exponent') }}
            as ltv_survival_mean_amount,
        {{ convert_to_major_units('related.ltv_survival_p05_cents', 'related.reporting_exponent') }}
            as ltv_survival_p05_amount,
        {{ convert_to_major_units('related.ltv_survival_p95_cents', 'related.reporting_exponent') }}
            as ltv_survival_p95_amount,
        cast(related.ltv_card_to_cac_pct * 0.01 as decimal(12, 2)) as ltv_card_to_cac,
        cast(related.ltv_survival_to_cac_pct * 0.01 as decimal(12, 2)) as ltv_survival_to_cac,
        cast(related.payback_tenths * 0.1 as decimal(12, 1)) as payback_months,
        coalesce(
            nullif(
                concat_ws(
                    ', ',
                    case when related.n_customers = 0 then 'no_customers' end,
                    case when related.n_new_customers = 0 then 'no_new_customers' end,
                    case when related.arr_cents is null or related.revenue_cents is null then 'no_rate' end,
                    case
                        when related.gross_margin_cents is null and related.n_customers > 0 then 'margin_unknown'
                        when related.margin_revenue_cents != related.revenue_cents then 'margin_partly_unknown'
                    end,
                    case when related.support_cents is null then 'support_unknown' end,
                    case when related.onboarding_cents is null then 'onboarding_unknown' end,
                    case when related.payment_fee_cents is null then 'payment_fees_unknown' end,
                    case when related.acquisition_cents is null then 'acquisition_unknown' end,
                    case when related.life_years_mean is null then 'lifetime_unknown' end,
                    case when related.annual_contribution_cents <= 0 then 'never_pays_back' end
                ), ''
            ), 'known'
        ) as economics_status,
        coalesce(related.is_support_unknown, related.support_cents is null) as is_support_left_out,
        related.n_observed,
        related.n_events,
        {{ flag_low_support('related.n_events') }} as is_low_support,
        related.model_version,
    from related
    left join segments on related.segment_id = segments.segment_id

)

select * from final
