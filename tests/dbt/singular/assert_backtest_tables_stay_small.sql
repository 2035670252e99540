-- A failing row is a table that Python reads for the backtest and that grew past 200,000 rows: memory and time of that step
-- would then grow with the company. Coarsen its key (ages, quarters) before raising the limit. Rows sampled by hash are
-- bounded where they are drawn.
with counted as (

    select
        'suff_backtest_hazard' as table_name,
        count(*) as n_rows,
    from {{ ref('suff_backtest_hazard') }}
    union all
    select
        'suff_backtest_money' as table_name,
        count(*) as n_rows,
    from {{ ref('suff_backtest_money') }}
    union all
    select
        'suff_backtest_expansion' as table_name,
        count(*) as n_rows,
    from {{ ref('suff_backtest_expansion') }}

)

select * from counted
where n_rows > 200000
