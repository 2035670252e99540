-- One row per segment, channel, campaign and period: what winning customers cost and what became of them, as counts and sums.
-- Keys are `all` on totals; a period is a quarter, the last twelve complete months or all months. Rows with no `all` among
-- segment, channel and campaign sum to the company's; those of one segment, channel or campaign to its own.
{%- set outcomes = list_acquisition_outcomes() %}
{#- column -> which costs, and which column of the company tells that there are such costs at all: of a kind that the company has
    nothing is 0, of one that it has not nobody knows -#}
{%- set costs = {
    'cost': ('true', 'cost'),
    'cac_cost': ('is_cost_known', 'cac_cost'),
    'cac_unallocated': ('is_cost_known and not is_allocated', 'cac_cost'),
    'unallocated': ('not is_allocated', 'cost'),
    'advertising': ("item_type = 'ad_spend'", 'advertising'),
    'stated_marketing': ("item_type = 'gtm_line' and pool = 'marketing'", 'stated_marketing'),
    'campaign_cost': ("item_type = 'campaign_cost'", 'campaign_cost'),
    'stated_sales': ("item_type = 'gtm_line' and pool = 'sales'", 'stated_sales'),
    'assumed_seller_time': ("item_type = 'seller_time'", 'assumed_seller_time'),
    'names_campaign': ("basis = 'campaign'", 'cost'),
    'names_channel': ("basis = 'channel'", 'cost'),
    'names_segment': ("basis = 'segment'", 'cost'),
    'names_seller': ("basis = 'owner'", 'cost'),
    'names_nobody': ("basis = 'all'", 'cost'),
} %}
{%- set counts = ['n_customers', 'n_cac_customers', 'n_mature_12m', 'n_lead_known', 'n_starting_arr', 'n_expected_value'] %}
{%- set money = ['starting_arr', 'expected_value', 'expected_value_p05', 'expected_value_p95'] %}
{%- set part_money = ['ending_arr_12m', 'retained_arr_12m', 'revenue_12m', 'gross_margin_12m', 'support_12m', 'asked_arr'] %}
with starts as (

    select * from {{ ref('fct_acquisition_start') }}

),

costs as (

    select * from {{ ref('fct_acquisition_cell_cost') }}

),

cost_months as (

    select * from {{ ref('int_cost__acquisition_month') }}

),

months as (

    select * from {{ ref('dim_month') }}

),

segments as (

    {{ select_segment_groups(ref('dim_segment')) }}

),

period_months as (

    select
        calendar_quarter as period,
        month_on,
    from months

    union all

    select
        'last_12m' as period,
        month_on,
    from months
    where month_on > {{ add_months(last_complete_month(), -12) }}

    union all

    select
        'all' as period,
        month_on,
    from months

),

-- a company without a month of billing has its two totals, too
periods as (

    select distinct period from period_months

    union

    select unnest(['last_12m', 'all']) as period

),

-- on totals over campaigns a customer is one, whatever its parts
parts as (

    select * exclude (credit_before_e4) from starts

    union all

    select
        customer_id,
        'all' as campaign_id,
        segment_id,
        channel,
        start_month_on,
        10000 as credit_e4,
        is_cost_known,
        lead_days,
        is_promise_kept,
        is_mature_12m,
        has_churned_12m,
        has_expanded_12m,
        has_reached_value_180d,
        has_options_open_12m,
        {%- for column in money[:1] + ['asked_arr'] + part_money[:-1] + money[1:] %}
            cast(sum({{ column }}_cents) as bigint) as {{ column }}_cents,
        {%- endfor %}
    from starts
    group by all

),

started as (

    select
        case grouping(parts.segment_id) when 1 then 'all' else parts.segment_id end as segment_id,
        case grouping(parts.channel) when 1 then 'all' else parts.channel end as channel,
        parts.campaign_id,
        period_months.period,
        {{ count_credit('parts', 'true') }} as n_customers,
        {{ count_credit('parts', 'parts.is_cost_known') }} as n_cac_customers,
        {{ count_credit('parts', 'parts.lead_days is not null') }} as n_lead_known,
        cast(sum(cast(parts.lead_days as hugeint) * parts.credit_e4) as bigint) as lead_days_e4,
        {{ count_credit('parts', 'parts.starting_arr_cents is not null') }} as n_starting_arr,
        {{ count_credit('parts', 'parts.expected_value_cents is not null') }} as n_expected_value,
        {%- for column in money %}
            cast(sum(parts.{{ column }}_cents) as bigint) as {{ column }}_cents,
        {%- endfor %}
        {{ sum_credited_outcomes('parts', outcomes) }},
    from parts
    inner join period_months on parts.start_month_on = period_months.month_on
    group by parts.campaign_id, period_months.period, cube(parts.segment_id, parts.channel)

),

costed as (

    select
        case grouping(costs.segment_id) when 1 then 'all' else costs.segment_id end as segment_id,
        case grouping(costs.channel) when 1 then 'all' else costs.channel end as channel,
        case grouping(costs.campaign_id) when 1 then 'all' else costs.campaign_id end as campaign_id,
        period_months.period,
        cast(sum(costs.n_without_rate) as bigint) as n_costs_without_rate,
        {%- for column, rule in costs.items() %}
            cast(sum(costs.cost_cents) filter (where {{ rule[0] }}) as bigint) as {{ column }}_cents,
        {%- endfor %}
    from costs
    inner join period_months on costs.month_on = period_months.month_on
    group by period_months.period, cube(costs.segment_id, costs.channel, costs.campaign_id)

),

company_costs as (

    select * from costed
    where segment_id = 'all' and channel = 'all' and campaign_id = 'all'

),

cells as (

    select
        segment_id,
        channel,
        campaign_id,
        period,
    from started

    union

    select
        segment_id,
        channel,
        campaign_id,
        period,
    from costed

    union

    select
        segments.segment_id,
        'all' as channel,
        'all' as campaign_id,
        periods.period,
    from segments
    cross join periods

),

known_costs as (

    select
        period_months.period,
        count(*) as n_months,
        count(*) filter (where cost_months.acquisition_cost_cents is null) as n_months_cost_unknown,
        min(period_months.month_on) as from_month_on,
        max(period_months.month_on) as until_month_on,
    from period_months
    inner join cost_months on period_months.month_on = cost_months.month_on
    group by period_months.period

),

final as (

    select
        cells.segment_id,
        cells.channel,
        cells.campaign_id,
        cells.period,
        known_costs.from_month_on,
        known_costs.until_month_on,
        coalesce(known_costs.n_months, 0) as n_months,
        coalesce(known_costs.n_months_cost_unknown, 0) as n_months_cost_unknown,
        coalesce(costed.n_costs_without_rate, 0) as n_costs_without_rate,
        {%- for column, rule in costs.items() %}
            coalesce(costed.{{ column }}_cents, company_costs.{{ rule[1] }}_cents * 0) as {{ column }}_cents,
        {%- endfor %}
        {%- for column in counts %}
            coalesce(started.{{ column }}, 0) as {{ column }},
        {%- endfor %}
        started.lead_days_e4,
        {%- for column in money %}
            started.{{ column }}_cents,
        {%- endfor %}
        {{ keep_outcomes('started', outcomes) }},
    from cells
    left join started
        on
            cells.segment_id = started.segment_id
            and cells.channel = started.channel
            and cells.campaign_id = started.campaign_id
            and cells.period = started.period
    left join costed
        on
            cells.segment_id = costed.segment_id
            and cells.channel = costed.channel
            and cells.campaign_id = costed.campaign_id
            and cells.period = costed.period
    left join company_costs on cells.period = company_costs.period
    left join known_costs on cells.period = known_costs.period

)

select * from final
