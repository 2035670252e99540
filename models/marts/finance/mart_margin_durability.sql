-- One row per segment (`all` = everything, `unassigned` = customers without a segment, `unplaced` = what leads to no
-- customer) and complete month: what it contributes, what the same customers contributed in their first three complete
-- months, and why the two differ. In the reporting currency. Amounts are additive over segments and months, but for the two
-- bridge columns that its description names; rates are not. Comparisons are associations.
with customer_months as (

    select * from {{ ref('fct_margin_customer_month') }}

),

expectations as (

    select * from {{ ref('fct_margin_expectation') }}

),

segments as (

    select * from {{ ref('dim_segment') }}

),

evidence as (

    select
        segment_id,
        n_observed,
        n_events,
    from {{ ref('stg_predictions__segment_kpi') }}
    where metric = 'survival_12m'

),

has_bills as (

    select count(*) > 0 as has_bills
    from {{ ref('fct_revenue_line_month') }}

),

-- without a single bill nothing is known of revenue, and costs alone are no margin
cells as (

    select
        customer_months.*,
        customer_months.segment_id as cell_segment_id,
        customer_months.customer_id != 'unplaced' and customer_months.comparison != 'not_measured' as is_placed,
    from customer_months
    cross join has_bills
    where has_bills.has_bills

    union all

    select
        customer_months.*,
        'all' as cell_segment_id,
        customer_months.customer_id != 'unplaced' and customer_months.comparison != 'not_measured' as is_placed,
    from customer_months
    cross join has_bills
    where has_bills.has_bills

),

summed as (

    select
        cell_segment_id as segment_id,
        month_on,
        max(reporting_exponent) as reporting_exponent,
        count(*) filter (where customer_id != 'unplaced') as n_customers,
        count(*) filter (where customer_id != 'unplaced' and comparison != 'not_measured') as n_measured,
        count(*) filter (where comparison = 'bridged') as n_compared,
        count(*) filter (where comparison = 'at_entry') as n_at_entry,
        count(*) filter (where customer_id != 'unplaced' and comparison = 'no_entry') as n_no_entry,
        count(*) filter (where not has_fx_rate or not is_other_cost_known) as n_without_rate,
        count(*) filter (where not is_margin_known) as n_without_margin,
        count(*) filter (where not is_support_known) as n_without_support,
        bool_or(has_fees) as has_fees,
        bool_or(has_onboarding) as has_onboarding,
        bool_or(is_support_known) as has_support,
        count(contribution_cents) as n_contributions,
        {% for column in [
            'list', 'discount', 'earned', 'credit_note', 'recognised', 'refund', 'dispute', 'cost_of_service',
            'services_revenue', 'support', 'payment_fees', 'onboarding'
        ] -%}
            sum({{ column }}_cents) as {{ column }}_cents,
        {% endfor -%}
        sum(services_margin_cents) filter (where is_margin_known) as services_margin_cents,
        -- a sum of nothing known is unknown, not zero
        coalesce(bool_or(earned_cents != 0 or list_cents != 0 or credit_note_cents != 0), false) or bool_and(has_fx_rate)
            as has_revenue,
        coalesce(bool_or(cost_of_service_cents != 0), false) or bool_and(is_margin_known and has_fx_rate) as has_cost,
        sum(case when comparison = 'not_measured' then known_cents else 0 end) as not_measured_cents,
        sum(case when comparison = 'at_entry' then known_cents else 0 end) as at_entry_cents,
        sum(case when comparison = 'no_entry' then known_cents else 0 end) as no_entry_cents,
        sum(contribution_cents) as contribution_cents,
        sum(case when comparison != 'not_measured' then recognised_cents else 0 end) as measured_recognised_cents,
        sum(
            case when comparison != 'not_measured' then recognised_cents - cost_of_service_cents - support_cents else 0 end
        ) as measured_after_support_cents,
        sum(contribution_cents) filter (where is_placed) as placed_cents,
        sum(recognised_cents) filter (where is_placed) as placed_recognised_cents,
        sum(cast(contribution_cents as hugeint) * contribution_cents) filter (where is_placed) as placed_yy,
        sum(cast(contribution_cents as hugeint) * recognised_cents) filter (where is_placed) as placed_xy,
        sum(cast(recognised_cents as hugeint) * recognised_cents) filter (where is_placed) as placed_xx,
        sum(case when comparison = 'bridged' then known_cents else 0 end) as compared_cents,
        {% for column in [
            'bridged_list', 'entry_list', 'entry_margin', 'list_at_entry_price', 'price_unknown_list', 'own_entry',
            'cause_mix_products', 'cause_price', 'cause_discount', 'cause_concessions', 'cause_unit_cost', 'cause_services',
            'cause_support', 'cause_payment_fees', 'cause_onboarding'
        ] -%}
            coalesce(sum({{ column }}_cents), 0) as {{ column }}_cents,
        {% endfor %}
    from cells
    group by cell_segment_id, month_on

),

-- the margin of all these customers together at entry, on today's volume; who grew and who shrank is the mix of customers
compared as (

    select
        *,
        coalesce(
            {{ round_ratio(
                "(cast(entry_margin_cents as hugeint) * cast(list_at_entry_price_cents as hugeint))",
                "nullif(entry_list_cents, 0)"
            ) }}, 0
        ) as bridge_entry_cents,
        try_cast(
            {{ round_ratio("(cast(entry_margin_cents as hugeint) * 1000000)", "nullif(entry_list_cents, 0)") }}
            * 0.000001 as decimal(9, 6)
        ) as entry_margin_rate,
        try_cast(
            case
                when bridged_list_cents > 0
                    then {{ round_ratio("(cast(compared_cents as hugeint) * 1000000)", "bridged_list_cents") }}
            end * 0.000001 as decimal(9, 6)
        ) as compared_margin_rate,
        try_cast(
            case
                when n_contributions > 0 and measured_recognised_cents > 0
                    then {{ round_ratio("(cast(contribution_cents as hugeint) * 1000000)", "measured_recognised_cents") }}
            end * 0.000001 as decimal(9, 6)
        ) as contribution_margin_rate,
        try_cast(
            case
                when n_contributions > 0 and measured_recognised_cents > 0
                    then {{ round_ratio(
                        "(cast(measured_after_support_cents as hugeint) * 1000000)", "measured_recognised_cents"
                    ) }}
            end * 0.000001 as decimal(9, 6)
        ) as margin_after_support_rate,
    from summed

),

-- a segment stands against everybody else, so that no customer is on both sides
company as (

    select * from compared
    where segment_id = 'all'

),

{%- set own, rest = [], [] %}
{%- for column in ['placed_cents', 'placed_recognised_cents', 'placed_yy', 'placed_xy', 'placed_xx', 'n_measured'] %}
    {%- do own.append('compared.' ~ column) %}
    {%- do rest.append('(company.' ~ column ~ ' - coalesce(compared.' ~ column ~ ', 0))') %}
{%- endfor %}

scored as (

    select
        compared.*,
        company.contribution_margin_rate as company_margin_rate,
        case when compared.segment_id not in ('all', 'unplaced') then {{ compare_ratio(own, rest) }} end as margin_z,
    from compared
    left join company on compared.month_on = company.month_on

),

final as (

    select
        compared.segment_id,
        coalesce(
            segments.segment_name,
            case compared.segment_id
                when 'all' then 'All customers'
                when 'unassigned' then 'Unassigned'
                when 'unplaced' then 'No customer found'
            end
        ) as segment_name,
        compared.month_on,
        {{ as_of_date() }} as as_of_date,
        compared.n_customers,
        compared.n_measured,
        compared.n_compared,
        compared.n_at_entry,
        compared.n_no_entry,
        {% for column, name, flag in [
            ('list', 'list_value_amount', 'has_revenue'),
            ('discount', 'discount_amount', 'has_revenue'),
            ('earned', 'earned_amount', 'has_revenue'),
            ('credit_note', 'credit_note_amount', 'has_revenue'),
            ('recognised', 'recognised_amount', 'has_revenue'),
            ('refund', 'refund_amount', 'has_revenue'),
            ('dispute', 'dispute_amount', 'has_revenue'),
            ('cost_of_service', 'cost_of_service_amount', 'has_cost'),
            ('services_revenue', 'services_revenue_amount', 'has_revenue'),
            ('services_margin', 'services_margin_amount', 'has_cost'),
            ('support', 'support_amount', 'has_support'),
            ('payment_fees', 'payment_fees_amount', 'has_fees'),
            ('onboarding', 'onboarding_amount', 'has_onboarding'),
        ] -%}
            case
                when compared.{{ flag }}
                    then {{ convert_to_major_units('compared.' ~ column ~ '_cents', 'compared.reporting_exponent') }}
            end as {{ name }},
        {% endfor -%}
        {{ convert_to_major_units('compared.not_measured_cents', 'compared.reporting_exponent') }} as not_measured_amount,
        case
            when compared.n_contributions > 0
                then {{ convert_to_major_units('compared.contribution_cents', 'compared.reporting_exponent') }}
        end as contribution_margin_amount,
        compared.contribution_margin_rate,
        cast(compared.contribution_margin_rate - compared.company_margin_rate as decimal(9, 6))
            as contribution_margin_rate_vs_company,
        cast({{ get_probability_better('compared.margin_z', 'higher') }} as decimal(5, 4))
            as contribution_margin_rate_p_better,
        {% for column, name in [
            ('entry_list', 'entry_list_value_amount'),
            ('entry_margin', 'entry_margin_amount'),
            ('bridged_list', 'compared_list_value_amount'),
            ('list_at_entry_price', 'compared_list_at_entry_price_amount'),
            ('price_unknown_list', 'price_unknown_list_amount'),
            ('compared', 'compared_margin_amount'),
        ] -%}
            case
                when compared.n_compared > 0
                    then {{ convert_to_major_units('compared.' ~ column ~ '_cents', 'compared.reporting_exponent') }}
            end as {{ name }},
        {% endfor -%}
        compared.entry_margin_rate,
        compared.compared_margin_rate,
        {% for column, name in [
            ('bridge_entry', 'bridge_entry_amount'),
            ('own_entry_cents - compared.bridge_entry', 'bridge_mix_customers_amount'),
            ('cause_mix_products', 'bridge_mix_products_amount'),
            ('cause_price', 'bridge_price_amount'),
            ('cause_discount', 'bridge_discount_amount'),
            ('cause_concessions', 'bridge_concessions_amount'),
            ('cause_unit_cost', 'bridge_unit_cost_amount'),
            ('cause_services', 'bridge_services_amount'),
            ('cause_support', 'bridge_support_amount'),
            ('cause_payment_fees', 'bridge_payment_fees_amount'),
            ('cause_onboarding', 'bridge_onboarding_amount'),
            ('at_entry', 'bridge_at_entry_amount'),
            ('no_entry', 'bridge_no_entry_amount'),
        ] -%}
            case
                when compared.n_contributions > 0
                    then {{ convert_to_major_units('(compared.' ~ column ~ '_cents)', 'compared.reporting_exponent') }}
            end as {{ name }},
        {% endfor -%}
        case
            when compared.n_contributions > 0 then {{ convert_to_major_units(
                '(compared.contribution_cents - compared.own_entry_cents - compared.cause_mix_products_cents'
                ~ ' - compared.cause_price_cents - compared.cause_discount_cents - compared.cause_concessions_cents'
                ~ ' - compared.cause_unit_cost_cents - compared.cause_services_cents - compared.cause_support_cents'
                ~ ' - compared.cause_payment_fees_cents - compared.cause_onboarding_cents'
                ~ ' - compared.at_entry_cents - compared.no_entry_cents)',
                'compared.reporting_exponent'
            ) }}
        end as bridge_unexplained_amount,
        compared.margin_after_support_rate,
        expectations.expected_rate_mean as expected_margin_rate_12m_mean,
        expectations.expected_rate_p05 as expected_margin_rate_12m_p05,
        expectations.expected_rate_p50 as expected_margin_rate_12m_p50,
        expectations.expected_rate_p95 as expected_margin_rate_12m_p95,
        case
            when compared.n_contributions = 0 then 'unknown'
            when compared.not_measured_cents != 0 or compared.n_measured < compared.n_customers then 'partly_known'
            else 'known'
        end as margin_status,
        nullif(
            concat_ws(
                '; ',
                case when compared.n_without_rate > 0 then 'no exchange rate: ' || compared.n_without_rate end,
                case when compared.n_without_margin > 0 then 'no stated margin: ' || compared.n_without_margin end,
                case when compared.n_without_support > 0 then 'support cost unknown: ' || compared.n_without_support end,
                case when not compared.has_fees then 'payment fees not delivered, left out' end,
                case when not compared.has_onboarding then 'onboarding cost not delivered, left out' end
            ), ''
        ) as margin_status_reason,
        evidence.n_observed,
        evidence.n_events,
        case when expectations.segment_id is not null then {{ flag_low_support('coalesce(evidence.n_events, 0)') }} end
            as is_low_support,
        expectations.model_version,
    from scored as compared
    left join segments on compared.segment_id = segments.segment_id
    left join expectations
        on compared.segment_id = expectations.segment_id and compared.month_on = expectations.month_on
    left join evidence on expectations.segment_id = evidence.segment_id

)

select * from final
