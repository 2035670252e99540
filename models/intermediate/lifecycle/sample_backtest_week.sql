-- One row per decided opportunity and week of sample_opportunity_week that the backtest looks at: the first of each deal,
-- every fourth after it, and the last before each origin, with the days on which the deal was opened and decided.
with weeks as (

    select * from {{ ref('sample_opportunity_week') }}

),

amounts as (

    select
        opportunity_id,
        snapshot_on,
        amount,
    from {{ ref('int_opportunity__week') }}

),

states as (

    select * from {{ ref('int_opportunity__state') }}
    where closed_at is not null

),

origins as (

    select * from {{ ref('int_lifecycle__backtest_origin') }}
    where is_scored

),

before_origins as (

    select
        origin_on - 7 as week_from_on,
        origin_on,
    from origins

),

placed as (

    select
        weeks.*,
        cast(states.created_at as date) as created_on,
        cast(states.closed_at as date) as closed_on,
        amounts.amount as stated_amount,
        before_origins.origin_on as snapshot_of_origin_on,
        row_number() over (partition by weeks.opportunity_id order by weeks.snapshot_on) as week_number,
    from weeks
    inner join states on weeks.opportunity_id = states.opportunity_id
    left join amounts
        on weeks.opportunity_id = amounts.opportunity_id and weeks.snapshot_on = amounts.snapshot_on
    left join before_origins
        on weeks.snapshot_on >= before_origins.week_from_on and weeks.snapshot_on < before_origins.origin_on

),

final as (

    select * exclude (week_number)
    from placed
    where week_number % 4 = 1 or snapshot_of_origin_on is not null

)

select * from final
