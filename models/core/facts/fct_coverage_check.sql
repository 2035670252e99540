-- One row per check on what this build could know at all: areas that were not delivered, and what was delivered but
-- does not reach far enough to be used. `info` and `warn` are what a reader must take for unknown.
with areas as (

    select * from {{ ref('fct_coverage_area') }}

),

customer_months as (

    select * from {{ ref('fct_customer_month') }}

),

opportunities as (

    select * from {{ ref('fct_opportunity') }}
    where is_open

),

acquisition_months as (

    select * from {{ ref('int_cost__acquisition_month') }}
    where month_on > {{ add_months(last_complete_month(), -12) }}

),

area_checks as (

    select
        'delivered_' || area as check_name,
        case when is_delivered then 'pass' else 'info' end as status,
        n_missing_tables as n_rows,
        sentence as detail,
    from areas
    -- an area that rests on a missing one has nothing to add
    where is_delivered or is_applicable

),

last_year as (

    select
        count(*) as n_months,
        coalesce(sum(revenue_cents), 0) as revenue_cents,
        coalesce(sum(margin_revenue_cents), 0) as margin_revenue_cents,
        count(*) filter (where is_active) as n_active_months,
        count(*) filter (where is_active and support_cost_cents is not null) as n_costed_months,
    from customer_months
    where month_on > {{ add_months(last_complete_month(), -12) }}

),

margin_reach as (

    select
        'margin_reaches_revenue' as check_name,
        case
            when not areas.is_delivered or last_year.margin_revenue_cents * 10 >= last_year.revenue_cents * 9 then 'pass'
            else 'warn'
        end as status,
        cast(last_year.n_months as bigint) as n_rows,
        'Stated gross margins reach '
        || coalesce(cast(100 * last_year.margin_revenue_cents // nullif(last_year.revenue_cents, 0) as varchar) || ' %', 'none')
        || ' of the revenue of the last twelve months; the rest has an unknown margin. Look at product_key in company.yml'
            as detail,
    from last_year
    inner join areas on areas.area = 'margin'

),

support_reach as (

    select
        'support_cost_reaches_customers' as check_name,
        case
            when
                count(*) < 2 or not bool_and(areas.is_delivered) or max(last_year.n_active_months) = 0
                or max(last_year.n_costed_months) * 10 >= max(last_year.n_active_months) * 9 then 'pass'
            else 'warn'
        end as status,
        cast(max(last_year.n_active_months) - max(last_year.n_costed_months) as bigint) as n_rows,
        cast(max(last_year.n_active_months) - max(last_year.n_costed_months) as varchar) || ' of '
        || max(last_year.n_active_months) || ' customer-months of the last year have an unknown cost to serve: no support'
        || ' organisation is matched to the customer, or an hour has no cost or no rate' as detail,
    from last_year
    inner join areas on areas.area in ('support', 'support_rate')

),

acquisition_reach as (

    select
        'acquisition_cost_is_complete' as check_name,
        case
            when
                not max(areas.is_delivered)
                or count(acquisition_months.month_on) = count(acquisition_months.acquisition_cost_cents) then 'pass'
            else 'warn'
        end as status,
        count(acquisition_months.month_on) - count(acquisition_months.acquisition_cost_cents) as n_rows,
        cast(count(acquisition_months.month_on) - count(acquisition_months.acquisition_cost_cents) as varchar)
        || ' of the last twelve months have no known cost of marketing and sales people; one is enough to leave the cost of'
        || ' acquiring a customer unknown' as detail,
    from areas
    left join acquisition_months on true
    where areas.area = 'acquisition'

),

-- subscriptions that give no customer month at all: something that makes up recurring revenue is missing
recurring_revenue as (

    select
        'recurring_revenue_was_found' as check_name,
        case when max(areas.is_delivered) and count(customer_months.customer_id) = 0 then 'warn' else 'pass' end as status,
        cast(0 as bigint) as n_rows,
        'Not one customer with recurring revenue was found: price, quantity, interval or start of the subscriptions is missing'
            as detail,
    from areas
    left join customer_months on true
    where areas.area = 'billing'

),

retention_seen as (

    select
        'retention_was_seen' as check_name,
        case
            when not max(areas.is_delivered) or count(customer_months.customer_id) = 0 then 'pass'
            when count(*) filter (where customer_months.age_month >= 1) > 0 then 'pass'
            else 'warn'
        end as status,
        count(distinct customer_months.customer_id) as n_rows,
        'No customer has been there for more than one complete month: how long customers stay is unknown, and with it ROI'
            as detail,
    from areas
    left join customer_months on true
    where areas.area = 'billing'

),

planning_rates as (

    select
        'planning_amounts_have_a_rate' as check_name,
        case when count(*) filter (where value is null) = 0 then 'pass' else 'warn' end as status,
        count(*) filter (where value is null) as n_rows,
        'Planning amounts in a currency without a rate to {{ var("reporting_currency") }}: what an hour costs is unknown,'
        || ' and with it ROI. Deliver finance.fx_rate or state them in {{ var("reporting_currency") }} in seeds/assumptions'
            as detail,
    from {{ ref('int_cost__assumption') }}

),

win_chances as (

    select
        'win_chance_is_known' as check_name,
        case
            when (select count(*) from opportunities) = 0 or calibration.method = 'sigmoid' then 'pass'
            when calibration.method = 'base_rate' then 'info'
            else 'warn'
        end as status,
        calibration.n_won + calibration.n_lost as n_rows,
        case
            when calibration.method = 'sigmoid' then 'Fitted'
            when calibration.method = 'base_rate' and calibration.log_loss > calibration.base_log_loss
                then
                    'What is recorded of open deals tells won from lost no better than the share won so far ('
                    || calibration.n_won || ' won, ' || calibration.n_lost || ' lost): every open deal carries that share'
                    || ' as its chance to win'
            when calibration.method = 'base_rate'
                then
                    'Fewer than 50 won or 50 lost deals with recorded history: every open deal carries the same chance to win,'
                    || ' the share won so far (' || calibration.n_won || ' won, ' || calibration.n_lost || ' lost)'
            else
                calibration.n_won || ' won and ' || calibration.n_lost || ' lost deals are recorded: too few, or all of one'
                || ' kind, so the chance to win is unknown, and with it ROI'
        end as detail,
    from {{ ref('stg_predictions__win_calibration') }} as calibration

),

deal_signals as (

    select
        'deal_signals_are_recorded' as check_name,
        case
            when
                count(*) = 0
                or count(discount_pct) + count(payment_terms_days) + count(customisation_requests) + count(integration_count)
                + count(services_amount) > 0 then 'pass'
            else 'info'
        end as status,
        count(*) as n_rows,
        'No open deal has a discount, payment terms, services or special requests recorded, so nothing but its segment tells'
        || ' whether it pays. If custom fields hold them, name these under field_map in company.yml' as detail,
    from opportunities

),

unioned as (

    select * from area_checks
    union all
    select * from margin_reach
    union all
    select * from support_reach
    union all
    select * from acquisition_reach
    union all
    select * from recurring_revenue
    union all
    select * from retention_seen
    union all
    select * from planning_rates
    union all
    select * from win_chances
    union all
    select * from deal_signals

),

final as (

    select
        check_name,
        'coverage' as check_group,
        status,
        n_rows,
        case when status = 'pass' then 'Nothing is missing here' else detail end as detail,
    from unioned

)

select * from final
