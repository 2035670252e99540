-- One row per gate of the play policy and spell of days in which it holds, with money in the reporting currency. Before its
-- first row a gate holds as first stated. Nothing is read from a policy that contradicts itself: the build stops here and
-- names the row.
with thresholds as (

    select * from {{ ref('play_threshold') }}

),

rates as (

    select * from {{ ref('int_revenue__fx_rate_as_of') }}

),

problems as (

    select * from {{ ref('int_opportunity__threshold_problem') }}
    union all
    select * from {{ ref('int_opportunity__rule_problem') }}

),

refusal as (

    select
        min_by(
            'seeds/policy/' || seed_name || '.csv, row ' || row_name || ': ' || problem
            || '. Next step: correct that row', (seed_name, row_name, problem)
        )
        || case when count(*) > 1 then ' (and ' || count(*) - 1 || ' more)' else '' end
        || '.' as message,
    from problems

),

final as (

    select
        thresholds.threshold_key,
        thresholds.metric,
        thresholds.opens,
        case
            when row_number() over versions = 1 then date '0001-01-01'
            else thresholds.valid_from
        end as valid_from_on,
        coalesce(lead(thresholds.valid_from) over versions, date '9999-12-31') as valid_until_on,
        -- without a rate a threshold in money is unknown and decides nothing
        cast(
            case when thresholds.currency is null then thresholds.value else thresholds.value * rates.rate_to_reporting end
            as decimal(18, 4)
        ) as value,
        cast(
            case
                when thresholds.currency is null then thresholds.leave_value
                else thresholds.leave_value * rates.rate_to_reporting
            end
            as decimal(18, 4)
        ) as leave_value,
        coalesce(thresholds.from_age_days, 0) as from_age_days,
    from refusal
    left join thresholds on true
    left join rates on thresholds.currency = rates.currency
    where case when refusal.message is null then true else {{ raise_error('refusal.message') }} end
    window versions as (partition by thresholds.threshold_key order by thresholds.valid_from)

)

select * from final
