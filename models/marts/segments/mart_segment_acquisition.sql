-- One row per segment, channel, campaign and quarter, with totals (`all`; `last_12m` and `all` among the quarters): what winning
-- customers cost, by kind and by what the cost names, beside how many it won, what they are worth and what became of them. Add
-- rows where `is_total` is false, never others. Quarter: costs of its months beside customers that started in them. Customers are
-- often won with the money of the quarter before (`lead_days`), so one quarter of one campaign says little; totals say more.
-- Rates, CAC and values per customer are not additive. Differences between groups are associations: nobody drew lots who saw
-- which campaign.
{%- set outcomes = list_acquisition_outcomes() %}
{%- set amounts = [
    'cost', 'advertising', 'stated_marketing', 'campaign_cost', 'stated_sales', 'assumed_seller_time', 'unallocated',
    'names_campaign', 'names_channel', 'names_segment', 'names_seller', 'names_nobody',
] %}
with cells as (

    select * from {{ ref('fct_segment_acquisition') }}

),

segments as (

    select * from {{ ref('dim_segment') }}

),

campaigns as (

    select * from {{ ref('dim_campaign') }}

),

limits as (

    {{ pick_limits(ref('pattern_limit'), ['false_call_rate_max', 'least_units']) }}

),

reporting as (

    select exponent from {{ ref('dim_currency') }}
    where is_reporting_currency

),

company as (

    select
        *,
        {{ round_ratio('cast(cac_cost_cents as hugeint) * 10000', 'cast(nullif(n_cac_customers, 0) * 10000 as hugeint)') }}
            as cac_cents,
    from cells
    where segment_id = 'all' and channel = 'all' and campaign_id = 'all'

),

all_months as (

    select from_month_on from company
    where period = 'all'

),

scored as (

    select
        cells.*,
        -- a row that is too small to be called is no look at the data
        least(cells.n_mature_12m, company.n_mature_12m - cells.n_mature_12m) >= limits.least_units as is_look,
        {{ score_outcomes('cells', 'company', outcomes) }},
    from cells
    inner join company on cells.period = company.period
    cross join limits

),

looked_at as (

    select
        *,
        {{ adjust_outcomes('is_look', outcomes) }},
    from scored

),

called as (

    select
        *,
        {{ rate_outcome_calls('is_look', outcomes) }},
    from looked_at

),

priced as (

    select
        called.*,
        {{ round_ratio(
            'cast(called.cac_cost_cents - called.cac_unallocated_cents as hugeint) * 10000',
            'cast(nullif(called.n_cac_customers, 0) * 10000 as hugeint)'
        ) }} as cac_allocated_cents,
        case
            -- what reaches nobody is borne by all new customers alike, as in mart_lifecycle_unit_economics
            when called.channel = 'all' and called.campaign_id = 'all'
                then {{ round_ratio(
                    '(cast(called.cac_cost_cents - called.cac_unallocated_cents as hugeint)'
                    ~ ' * cast(company.n_cac_customers * 10000 as hugeint)'
                    ~ ' + cast(company.cac_unallocated_cents as hugeint) * cast(called.n_cac_customers * 10000 as hugeint))'
                    ~ ' * 10000',
                    'cast(nullif(called.n_cac_customers, 0) * 10000 as hugeint)'
                    ~ ' * cast(nullif(company.n_cac_customers, 0) * 10000 as hugeint)'
                ) }}
            else {{ round_ratio(
                'cast(called.cac_cost_cents as hugeint) * 10000',
                'cast(nullif(called.n_cac_customers, 0) * 10000 as hugeint)'
            ) }}
        end as cac_cents,
        company.cac_cents as company_cac_cents,
        {%- for column in ['', '_p05', '_p95'] %}
            {{ round_ratio(
                'cast(called.expected_value' ~ column ~ '_cents as hugeint) * 10000',
                'cast(nullif(called.n_expected_value, 0) * 10000 as hugeint)'
            ) }} as value{{ column }}_cents,
        {%- endfor %}
        concat_ws(
            '_',
            case when called.segment_id != 'all' then 'segment' end,
            case when called.channel != 'all' then 'channel' end,
            case when called.campaign_id != 'all' then 'campaign' end
        ) as level_keys,
        called.period not in ('last_12m', 'all') as is_quarter,
        called.segment_id = 'all' and called.channel = 'all' and called.period = 'all' as is_campaign_total,
    from called
    inner join company on called.period = company.period

),

final as (

    select
        priced.segment_id,
        case
            when priced.segment_id in ('all', 'unassigned') then {{ name_group('priced.segment_id', 'null') }}
            else coalesce(segments.segment_name, priced.segment_id)
        end as segment_name,
        priced.channel,
        priced.campaign_id,
        case
            when priced.campaign_id = 'all' then 'All campaigns'
            when priced.campaign_id = 'unallocated' then 'Not allocated'
            when priced.campaign_id != 'none' then campaigns.campaign_name
            when exists (select 1 from {{ ref('dim_campaign') }}) then 'No campaign'
            else 'Campaigns not recorded'
        end as campaign_name,
        priced.period as quarter,
        case priced.level_keys
            when '' then 'company' when 'segment_channel_campaign' then 'cell' else priced.level_keys
        end as row_level,
        not priced.is_quarter or priced.level_keys != 'segment_channel_campaign' as is_total,
        priced.from_month_on,
        priced.until_month_on,
        priced.n_months,
        priced.n_customers,
        cast(priced.lead_days_e4 as double) / nullif(priced.n_lead_known * 10000, 0) as lead_days,
        {%- for column in amounts %}
            {{ convert_to_major_units('priced.' ~ column ~ '_cents', 'reporting.exponent') }} as {{ column }}_amount,
        {%- endfor %}
        priced.n_costs_without_rate,
        priced.n_months_cost_unknown,
        cast(priced.names_campaign_cents + priced.names_channel_cents + priced.names_segment_cents as double)
        / nullif(priced.cost_cents, 0) as directly_named_share,
        {{ convert_to_major_units('priced.cac_cost_cents', 'reporting.exponent') }} as cac_cost_amount,
        priced.n_cac_customers,
        {{ convert_to_major_units('priced.cac_allocated_cents', 'reporting.exponent') }} as cac_allocated_amount,
        {{ convert_to_major_units('priced.cac_cents', 'reporting.exponent') }} as cac_amount,
        cast(priced.cac_cents as double) / nullif(priced.company_cac_cents, 0) as cac_to_company,
        {{ convert_to_major_units('priced.starting_arr_cents', 'reporting.exponent') }} as starting_arr_amount,
        priced.n_starting_arr,
        {{ convert_to_major_units('priced.expected_value_cents', 'reporting.exponent') }} as expected_value_amount,
        priced.n_expected_value,
        {{ convert_to_major_units('priced.value_cents', 'reporting.exponent') }} as expected_value_per_customer_mean,
        -- quantiles of several segments do not add up
        case
            when priced.segment_id != 'all'
                then {{ convert_to_major_units('priced.value_p05_cents', 'reporting.exponent') }}
        end as expected_value_per_customer_p05,
        case
            when priced.segment_id != 'all'
                then {{ convert_to_major_units('priced.value_p95_cents', 'reporting.exponent') }}
        end as expected_value_per_customer_p95,
        cast(priced.value_cents as double) / nullif(priced.cac_cents, 0) as expected_value_to_cac,
        {{ show_outcomes('priced', 'company', 'limits', outcomes=outcomes) }},
        campaigns.campaign_type,
        campaigns.start_on as campaign_start_on,
        campaigns.end_on as campaign_end_on,
        case
            when priced.is_campaign_total
                then {{ convert_to_major_units('campaigns.budgeted_cost_cents', 'reporting.exponent') }}
        end as campaign_budget_amount,
        case
            when priced.is_campaign_total
                then {{ convert_to_major_units('campaigns.actual_cost_cents', 'reporting.exponent') }}
        end as campaign_actual_cost_amount,
        case
            when priced.is_campaign_total
                then {{ convert_to_major_units('campaigns.expected_revenue_cents', 'reporting.exponent') }}
        end as campaign_expected_revenue_amount,
        case
            when priced.is_campaign_total and campaigns.is_over
                then cast(
                    coalesce(
                        campaigns.actual_cost_cents,
                        -- what was spent before the first month is in no month
                        case when campaigns.start_on >= priced.from_month_on then nullif(priced.names_campaign_cents, 0) end
                    ) as double
                ) / nullif(campaigns.budgeted_cost_cents, 0)
        end as campaign_budget_used,
        case
            when priced.is_campaign_total and campaigns.is_over
                then cast(coalesce(priced.starting_arr_cents, 0) as double) / nullif(campaigns.expected_revenue_cents, 0)
        end as campaign_expected_revenue_reached,
        coalesce(
            nullif(
                concat_ws(
                    ', ',
                    case when priced.n_customers = 0 then 'no_customers' end,
                    case when priced.cost_cents is null then 'cost_unknown' end,
                    case when priced.n_months_cost_unknown > 0 and priced.cost_cents is not null then 'cost_partly_unknown' end,
                    case when campaigns.start_on < all_months.from_month_on then 'began_before_first_month' end,
                    case when priced.is_quarter and priced.n_months < 3 then 'quarter_incomplete' end,
                    case when priced.n_customers > priced.n_expected_value then 'value_unknown' end,
                    case when priced.n_customers > 0 and priced.n_mature_12m = 0 then 'immature' end
                ), ''
            ), 'known'
        ) as acquisition_status,
        priced.n_mature_12m as n_observed,
        priced.n_churned_12m as n_events,
        {{ flag_low_support('priced.n_churned_12m') }} as is_low_support,
        {{ as_of_date() }} as as_of_date,
    from priced
    inner join company on priced.period = company.period
    cross join all_months
    cross join limits
    cross join reporting
    left join segments on priced.segment_id = segments.segment_id
    left join campaigns on priced.campaign_id = campaigns.campaign_id

)

select * from final
