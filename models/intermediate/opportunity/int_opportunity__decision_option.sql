-- One row per open opportunity, question and option: what the option changes, in money. A request of a closed or an unknown
-- deal is not here. Reporting currency. What is unknown is null and leaves the value of the option unknown.
with deals as (

    select * from {{ ref('int_opportunity__roi_term') }}
    where week_index = 0

),

opportunities as (

    select * from {{ ref('fct_opportunity') }}

),

signals as (

    select * from {{ ref('int_opportunity__signal') }}

),

cards as (

    select * from {{ ref('fct_opportunity_card') }}

),

effects as (

    select * from {{ ref('stg_predictions__concession_effect') }}
    where outcome = 'won'

),

standards as (

    select max(standard_value) filter (where dimension = 'payment_terms') as payment_terms_days
    from {{ ref('structure_dimension') }}

),

assumptions as (

    select
        max(value) filter (where assumption_key = 'discount_rate_annual') as discount_rate,
        max(value) filter (where assumption_key = 'delivery_hour_cost') as delivery_hour_cost,
        max(value) filter (where assumption_key = 'onboarding_hours_per_customisation') as hours_per_customisation,
    from {{ ref('int_cost__assumption') }}

),

asked as (

    select
        deals.opportunity_id,
        options.question,
        options.option_id,
        options.option_order,
        options.option_label,
        'policy' as source,
        options.discount_points,
        options.discount_points as margin_points,
        coalesce(options.term_months, signals.contract_term_months) as term_months,
        coalesce(options.term_months != signals.contract_term_months, options.term_months is not null) as is_term_changed,
        coalesce(opportunities.payment_terms_days, standards.payment_terms_days)
        + coalesce(options.extra_payment_days, 0) as payment_terms_days,
        options.extra_payment_days,
        cast(
            case
                when coalesce(options.delivery_hours, options.customisation_requests) is null then 0
                else assumptions.delivery_hour_cost * (
                    coalesce(options.delivery_hours, 0)
                    + coalesce(options.customisation_requests, 0) * assumptions.hours_per_customisation
                )
            end as decimal(18, 2)
        ) as one_off_cost,
        options.pull_in_days,
        coalesce(options.added_support_months, 0) as added_support_months,
        options.concession_type,
        options.dose,
    from deals
    cross join {{ ref('decision_option') }} as options
    cross join assumptions
    cross join standards
    inner join opportunities on deals.opportunity_id = opportunities.opportunity_id
    left join signals on deals.opportunity_id = signals.opportunity_id
    union all
    select
        deals.opportunity_id,
        requests.question,
        requests.option_id,
        100 as option_order,
        null as option_label,
        'request' as source,
        requests.discount_points,
        requests.margin_points,
        coalesce(requests.term_months, signals.contract_term_months) as term_months,
        coalesce(requests.term_months != signals.contract_term_months, requests.term_months is not null) as is_term_changed,
        requests.payment_terms_days,
        -- earlier than usual is not paid for here: what it brings is not promised
        greatest(
            requests.payment_terms_days - coalesce(opportunities.payment_terms_days, standards.payment_terms_days), 0
        ) as extra_payment_days,
        -- a request that names no cost of its own asks for none on winning; one to go faster takes the usual hours
        case requests.question when 'concede' then coalesce(requests.one_off_cost, 0) else requests.one_off_cost end
            as one_off_cost,
        requests.pull_in_days,
        0 as added_support_months,
        case when requests.question = 'concede' then 'deal_desk_request' end as concession_type,
        1 as dose,
    from deals
    inner join {{ ref('int_opportunity__request_option') }} as requests on deals.opportunity_id = requests.opportunity_id
    cross join standards
    inner join opportunities on deals.opportunity_id = opportunities.opportunity_id
    left join signals on deals.opportunity_id = signals.opportunity_id
    where requests.terms_status = 'stated'

),

-- the segment's own effect where it is identified, else that of all deals
measured as (

    select
        asked.*,
        deals.arr_amount,
        deals.cost_to_close,
        deals.parked_win_retention,
        assumptions.discount_rate,
        cards.acceleration_cost as acceleration_hours_cost,
        cards.annual_support_cost,
        case
            when own.identification in ('randomised', 'adjusted') then own.identification
            when company.identification in ('randomised', 'adjusted') then company.identification
            else 'not_identified'
        end as identification,
        case
            when own.identification in ('randomised', 'adjusted') then own.effect_mean
            when company.identification in ('randomised', 'adjusted') then company.effect_mean
        end * asked.dose as effect_mean,
        case
            when own.identification in ('randomised', 'adjusted') then own.effect_p95 - own.effect_p05
            when company.identification in ('randomised', 'adjusted') then company.effect_p95 - company.effect_p05
        end * asked.dose / (2 * 1.6448536269514722) as effect_sd,
    from asked
    inner join deals on asked.opportunity_id = deals.opportunity_id
    cross join assumptions
    left join cards on asked.opportunity_id = cards.opportunity_id
    left join effects as own on asked.concession_type = own.concession_type and deals.segment_id = own.segment_id
    left join effects as company on asked.concession_type = company.concession_type and company.segment_id = 'all'

),

priced as (

    select
        opportunity_id,
        question,
        option_id,
        option_order,
        option_label,
        source,
        discount_points,
        margin_points,
        term_months,
        is_term_changed,
        payment_terms_days,
        extra_payment_days,
        one_off_cost,
        pull_in_days,
        concession_type,
        identification,
        effect_mean,
        effect_sd,
        -- money tied up by later payment is that of the price that is left
        cast(
            arr_amount * (
                coalesce(margin_points, 0) / 100
                + (1 - coalesce(margin_points, 0) / 100) * coalesce(extra_payment_days, 0) / 365 * discount_rate
            ) as decimal(18, 2)
        ) as yearly_loss_amount,
        cast(case question when 'concede' then one_off_cost else 0 end as decimal(18, 2)) as cost_on_win,
        -- spent whether or not the deal is won
        cast(
            case
                when option_id = 'work_it' then cost_to_close
                when question = 'accelerate' and source = 'request' then coalesce(one_off_cost, acceleration_hours_cost)
                when question = 'accelerate' then one_off_cost + acceleration_hours_cost
                else 0
            end as decimal(18, 2)
        ) as cost_regardless,
        cast(
            case when added_support_months = 0 then 0 else added_support_months * annual_support_cost / 12 end as decimal(18, 2)
        ) as added_support_cost,
        power(1 + discount_rate, coalesce(pull_in_days, 0) / 365.0) as value_factor,
        -- what stays of the win probability in the other arm
        case option_id when 'work_it' then parked_win_retention else 1 end as other_arm_share,
    from measured

),

final as (

    select
        *,
        -- what the contract alone binds to, undiscounted
        cast(yearly_loss_amount * term_months / 12 + cost_on_win as decimal(18, 2)) as margin_loss_contract_amount,
    from priced

)

select * from final
