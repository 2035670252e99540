-- One row per quarter start from which the past is told again: at most twelve, newest last. The latest eight are scored;
-- the four before them only show the baselines what a year brings.
with customer_months as (

    select min(month_on) as first_month_on
    from {{ ref('fct_customer_month') }}

),

deals as (

    select {{ month_start('min(created_at)') }} as first_month_on
    from {{ ref('int_opportunity__state') }}

),

bounds as (

    select
        {{ last_complete_month() }} as last_month_on,
        least(
            coalesce(customer_months.first_month_on, deals.first_month_on),
            coalesce(deals.first_month_on, customer_months.first_month_on)
        ) as first_month_on,
    from customer_months
    cross join deals

),

-- the newest quarter start after which three months are complete
newest as (

    select
        first_month_on,
        last_month_on,
        {{ add_months('last_month_on', '-2 - (month(' ~ add_months('last_month_on', '-2') ~ ') - 1) % 3') }} as newest_on,
    from bounds

),

steps as (

    select cast(range as integer) as quarters_back
    from range(0, 12)

),

final as (

    select
        {{ add_months('newest.newest_on', '-3 * steps.quarters_back') }} as origin_on,
        steps.quarters_back < 8 as is_scored,
        {{ months_between(add_months('newest.newest_on', '-3 * steps.quarters_back'), 'newest.last_month_on') }} + 1
            as months_known,
    from newest
    cross join steps
    -- a quarter must have been seen before anything can be said
    where {{ add_months('newest.newest_on', '-3 * steps.quarters_back - 3') }} >= newest.first_month_on

)

select * from final
