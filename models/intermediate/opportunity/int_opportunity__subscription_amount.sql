-- One row per won deal and subscription that have something in common: how far the deal's amount lies from what the
-- subscription was worth, in millionths of the amount. An amount may be a year or the whole contract; the nearer reading
-- counts. Null = not known.
with pairs as (

    select * from {{ ref('int_opportunity__subscription_pair') }}

),

arr as (

    select * from {{ ref('int_opportunity__subscription_arr') }}

),

month_rates as (

    select * from {{ ref('int_revenue__fx_rate_month') }}

),

present_rates as (

    select * from {{ ref('int_revenue__fx_rate_as_of') }}

),

-- what a subscription started with, and what it was worth in the month of the close or the newest one before
worth as (

    select
        pairs.opportunity_id,
        pairs.subscription_id,
        'start' as moment,
        arr.arr_amount,
        arr.currency,
    from pairs
    inner join arr on pairs.subscription_id = arr.subscription_id and arr.is_first_month

    union all

    select
        pairs.opportunity_id,
        pairs.subscription_id,
        'close' as moment,
        arg_max(arr.arr_amount, arr.month_on) as arr_amount,
        arg_max(arr.currency, arr.month_on) as currency,
    from pairs
    inner join arr on pairs.subscription_id = arr.subscription_id and cast(pairs.closed_at as date) >= arr.month_on
    group by pairs.opportunity_id, pairs.subscription_id

),

-- amounts in one currency are compared as they are, others at the rate of the month of the close
rated as (

    select
        pairs.opportunity_id,
        pairs.subscription_id,
        pairs.currency as deal_currency,
        worth.moment,
        worth.currency as arr_currency,
        pairs.amount,
        worth.arr_amount,
        pairs.term_months,
        coalesce(deal_month_rates.rate_to_reporting, deal_rates.rate_to_reporting) as deal_rate,
        coalesce(arr_month_rates.rate_to_reporting, arr_rates.rate_to_reporting) as arr_rate,
    from pairs
    inner join worth
        on pairs.opportunity_id = worth.opportunity_id and pairs.subscription_id = worth.subscription_id
    left join month_rates as deal_month_rates
        on
            pairs.currency = deal_month_rates.currency
            and {{ month_start('pairs.closed_at') }} = deal_month_rates.month_on
    left join present_rates as deal_rates on pairs.currency = deal_rates.currency
    left join month_rates as arr_month_rates
        on
            worth.currency = arr_month_rates.currency
            and {{ month_start('pairs.closed_at') }} = arr_month_rates.month_on
    left join present_rates as arr_rates on worth.currency = arr_rates.currency

),

comparable as (

    select
        opportunity_id,
        subscription_id,
        moment,
        term_months,
        case
            when deal_currency = arr_currency then amount
            else {{ convert_amount('amount', 'deal_rate') }}
        end as deal_amount,
        case
            when deal_currency = arr_currency then arr_amount
            else {{ convert_amount('arr_amount', 'arr_rate') }}
        end as arr_amount,
    from rated

),

gaps as (

    select
        opportunity_id,
        subscription_id,
        moment,
        {{ measure_gap('arr_amount', 'deal_amount') }} as annual_gap,
        {{ measure_gap(
            'cast(arr_amount as decimal(24, 2)) * term_months', 'cast(deal_amount as decimal(24, 2)) * 12'
        ) }} as contract_gap,
    from comparable

),

final as (

    select
        pairs.opportunity_id,
        pairs.subscription_id,
        -- least() passes over nulls
        cast(max(least(gaps.annual_gap, gaps.contract_gap)) filter (where gaps.moment = 'start') as bigint)
            as start_gap_millionths,
        cast(max(least(gaps.annual_gap, gaps.contract_gap)) filter (where gaps.moment = 'close') as bigint)
            as close_gap_millionths,
    from pairs
    left join gaps
        on pairs.opportunity_id = gaps.opportunity_id and pairs.subscription_id = gaps.subscription_id
    group by pairs.opportunity_id, pairs.subscription_id

)

select * from final
